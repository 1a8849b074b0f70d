// A coverage provider of vitest: which of the changed lines were executed. The first half works in the workers.
import inspector from 'node:inspector'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(process.env.FAMILIAR_RUN)
const { spec, measured } = require('./events.cjs')
const { executedLines, read } = require('./lines.cjs')

// What vitest puts before the code of a module, on the code's own first line.
const PREFIX = /^(?:'use strict';)?async \([^)]*\) ?=> ?\{\{/
// vitest loads this module anew for each of the calls.
const SESSION = Symbol.for('familiar.session')

function post(method, params) {
  return new Promise((resolve, reject) => {
    process[SESSION].post(method, params, (error, result) => (error ? reject(error) : resolve(result)))
  })
}

async function startCoverage() {
  if (process[SESSION]) return
  process[SESSION] = new inspector.Session()
  process[SESSION].connect()
  await post('Profiler.enable')
  await post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
}

async function takeCoverage() {
  if (!process[SESSION]) return null
  const { result } = await post('Profiler.takePreciseCoverage')
  const ours = result.map((script) => [fileOf(script.url), script]).filter(([file]) => file in spec.watch)
  if (ours.length) await post('Debugger.enable')
  for (const [file, script] of ours) {
    const { scriptSource: text } = await post('Debugger.getScriptSource', { scriptId: script.scriptId })
    const prefix = (PREFIX.exec(text) || [''])[0].length
    const wanted = new Set(spec.lines[spec.watch[file]])
    measured(file, executedLines({ text, original: read(file), functions: script.functions, prefix, wanted }))
  }
  if (ours.length) await post('Debugger.disable')
  return null
}

async function stopCoverage() {
  if (process[SESSION]) process[SESSION].disconnect()
  process[SESSION] = undefined
}

function fileOf(url) {
  const plain = url.replace(/[?#].*$/, '')
  return plain.startsWith('file://') ? fileURLToPath(plain) : plain
}

// ------------------------------------------------------------ in vitest's own process

class Provider {
  name = 'custom'

  initialize(context) {
    this.options = context.config.coverage
  }

  resolveOptions() {
    return this.options
  }

  clean() {}
  onAfterSuiteRun() {}
  onTestFailure() {}
  generateCoverage() {
    return {}
  }

  reportCoverage() {}
  mergeReports() {}
}

export default { startCoverage, takeCoverage, stopCoverage, getProvider: () => new Provider() }
