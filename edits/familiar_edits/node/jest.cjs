// A reporter of jest: the outcome of each test, and which of the changed lines its own V8 coverage saw executed.
'use strict'
const { createRequire } = require('module')
const { spec, say, outcome, firstLine, pathOf, measured } = require('./events.cjs')
const { executedLines, read } = require('./lines.cjs')

const STATES = { passed: 'passed', failed: 'failed' }

module.exports = class {
  constructor(globalConfig) {
    this.global = globalConfig
    this.instruments = globalConfig.collectCoverage ? instruments() : null
    this.unseen = new Set()
  }

  onTestStart(test) {
    const path = pathOf(test.path)
    if (path !== null) say({ start: path })
  }

  onTestResult(test, result) {
    if (result.testExecError || (result.failureMessage && !result.testResults.length)) {
      outcome(test.path, [], 'error', firstLine(result.testExecError?.message || result.failureMessage))
    }
    for (const one of result.testResults) {
      const state = STATES[one.status] || 'skipped'
      const why = state === 'failed' ? firstLine(one.failureMessages[0]) : null
      outcome(test.path, [...one.ancestorTitles, one.title], state, why)
    }
    if (this.global.collectCoverage) this.measure(test, result.v8Coverage || [])
  }

  measure(test, covered) {
    for (const { codeTransformResult: transformed, result } of covered) {
      if (!(result.url in spec.watch)) continue
      const wanted = new Set(spec.lines[spec.watch[result.url]])
      measured(result.url, transformed ? linesOf(transformed, result, wanted) : null)
    }
    for (const file of Object.keys(spec.watch)) {
      if (!this.unseen.has(file) && !this.isSeen(file, test.context.config)) {
        this.unseen.add(file)
        measured(file, null)
      }
    }
  }

  /** Say whether jest would cover the file if it were loaded: it leaves out tests and set-up, and has the last word. */
  isSeen(file, config) {
    return this.instruments !== null && file.startsWith(this.global.rootDir) && this.instruments(file, this.global, config)
  }
}

function linesOf(transformed, result, wanted) {
  const map = transformed.sourceMapPath ? read(transformed.sourceMapPath) : null
  return executedLines({
    text: transformed.code,
    original: transformed.originalCode,
    functions: result.functions,
    map: map && JSON.parse(map),
    wrapper: transformed.wrapperLength || 0,
    wanted,
  })
}

/** Return jest's own judgement on which files it covers. */
function instruments() {
  try {
    const core = createRequire(createRequire(process.env.FAMILIAR_RUNNER).resolve('@jest/core'))
    return core('@jest/transform').shouldInstrument
  } catch {
    return null
  }
}
