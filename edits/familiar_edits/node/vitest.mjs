// A reporter of vitest: the outcome of each test as it comes.
import { createRequire } from 'node:module'
const { outcome, firstLine, say, pathOf } = createRequire(import.meta.url)('./events.cjs')

const STATES = { passed: 'passed', pass: 'passed', failed: 'failed', fail: 'failed' }

function why(errors) {
  const first = (errors || [])[0]
  return first ? firstLine(`${first.name || 'Error'}: ${first.message}`) : null
}

export default class {
  constructor() {
    this.told = false
  }

  // ------------------------------------------------------------ vitest 3 and later

  onTestModuleStart(module) {
    const path = pathOf(module.moduleId)
    if (path !== null) say({ start: path })
  }

  onTestCaseResult(test) {
    this.told = true
    const names = [test.name]
    for (let above = test.parent; above && above.type === 'suite'; above = above.parent) names.unshift(above.name)
    const result = test.result()
    const errors = result.state === 'failed' ? why(result.errors) : null
    outcome(test.module.moduleId, names, STATES[result.state] || 'skipped', errors)
  }

  onTestModuleEnd(module) {
    this.told = true
    const errors = module.errors()
    if (errors.length) outcome(module.moduleId, [], 'error', why(errors))
    for (const suite of module.children.allSuites()) {
      const failed = suite.errors()
      if (!failed.length) continue
      const names = [suite.name]
      for (let above = suite.parent; above && above.type === 'suite'; above = above.parent) names.unshift(above.name)
      outcome(module.moduleId, names, 'error', why(failed))
    }
  }

  onTestRunEnd(_modules, unhandled) {
    this.told = true
    this.unhandled(unhandled)
  }

  // ------------------------------------------------------------ before

  onFinished(files, errors) {
    if (this.told) return
    for (const file of files || []) this.task(file, file.filepath, [])
    this.unhandled(errors)
  }

  task(task, file, names) {
    const { state, errors } = task.result || {}
    if (task.type === 'test') {
      outcome(file, names, STATES[state] || 'skipped', state === 'fail' ? why(errors) : null)
      return
    }
    if (errors && errors.length) outcome(file, names, 'error', why(errors))
    for (const inner of task.tasks || []) this.task(inner, file, [...names, inner.name])
  }

  unhandled(errors) {
    if (errors && errors.length) {
      say({ test: 'an error that no test has caught', outcome: 'error', why: why(errors) })
    }
  }
}
