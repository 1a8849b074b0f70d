// A coverage provider of vitest: which of the changed lines were executed.
//
// The first half works in the processes of the tests and sends what V8 has counted; the second, in vitest's own process,
// has the source maps: at the end of the code itself, or with vite, which has made it.
import inspector from 'node:inspector'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(process.env.FAMILIAR_RUN)
const { spec, measured } = require('./events.cjs')
const { executedLines, inlineMap, read } = require('./lines.cjs')

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
  const scripts = []
  await post('Debugger.enable')
  for (const { url, scriptId, functions } of result) {
    const file = fileOf(url)
    if (!(file in spec.watch)) continue
    const { scriptSource: text } = await post('Debugger.getScriptSource', { scriptId })
    scripts.push({ file, text, functions })
  }
  await post('Debugger.disable')
  return { scripts }
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
  pending = []

  initialize(context) {
    this.context = context
    this.options = context.config.coverage
  }

  resolveOptions() {
    return this.options
  }

  onAfterSuiteRun({ coverage, environment, projectName }) {
    for (const script of coverage?.scripts || []) this.pending.push(this.measure(script, environment, projectName))
  }

  async measure({ file, text, functions }, environment, projectName) {
    const prefix = (PREFIX.exec(text) || [''])[0].length
    const wanted = new Set(spec.lines[spec.watch[file]])
    const map = inlineMap(text) || (await this.mapOf(file, text.slice(prefix), environment, projectName))
    measured(file, executedLines({ text, original: read(file), functions, map, prefix, wanted }))
  }

  /** Return vite's source map of the very code that was executed, or null. */
  async mapOf(file, code, environment, projectName) {
    const projects = this.context.projects || []
    const project = projects.find((one) => one.name === projectName) || projects[0]
    const made = project?.vite?.environments || {}
    const names = Object.keys(made).sort((a, b) => (b === environment) - (a === environment))
    for (const name of names) {
      const found = await made[name].transformRequest(file).catch(() => null)
      const map = typeof found?.map === 'string' ? JSON.parse(found.map) : found?.map
      if (map?.mappings && code.startsWith(found.code.trimEnd())) return map
    }
    return null
  }

  async generateCoverage() {
    await Promise.all(this.pending)
    return {}
  }

  async reportCoverage() {
    await Promise.all(this.pending)
  }

  clean() {}
  onTestFailure() {}
  mergeReports() {}
}

export default { startCoverage, takeCoverage, stopCoverage, getProvider: () => new Provider() }
