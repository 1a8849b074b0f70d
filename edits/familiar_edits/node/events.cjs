// The lines of JSON that a run speaks, and what the reporters of vitest and jest share.
//
//   {"start": id}   {"test": id, "outcome": ..., "why": ...}
//   {"measured": path, "code": [line, ...], "executed": [line, ...]}   {"unmeasured": path}
'use strict'
const fs = require('fs')
const path = require('path')

const spec = JSON.parse(fs.readFileSync(process.env.FAMILIAR_RUN, 'utf8'))
const RANK = ['passed', 'skipped', 'failed', 'error']
const known = new Map()

function say(values) {
  fs.appendFileSync(spec.out, JSON.stringify(values) + '\n')
}

/** Return the path in the repository, or null: of another package, or of no file of the repository. */
function pathOf(file) {
  const found = path.relative(spec.root, file).split(path.sep).join('/')
  if (found.startsWith('../') || path.isAbsolute(found)) return null
  const owner = spec.packages
    .filter((folder) => folder === '' || found.startsWith(folder + '/'))
    .sort((a, b) => b.length - a.length)[0]
  return owner === process.env.FAMILIAR_PACKAGE ? found : null
}

/** Say the outcome of a test; of several by the same name, or in several projects, the worst counts. */
function outcome(file, names, result, why) {
  const found = pathOf(file)
  if (found === null) return
  const id = [found, ...names].join('::')
  if (known.has(id) && RANK.indexOf(result) <= RANK.indexOf(known.get(id))) return
  known.set(id, result)
  say({ test: id, outcome: result, why: why || null })
}

/** Return the first line that says something of an error's message. */
function firstLine(message) {
  // eslint-disable-next-line no-control-regex
  const plain = String(message || '').replace(/\u001b\[[0-9;]*m/g, '')
  const lines = plain.split('\n').map((line) => line.trim())
  return (lines.find((line) => line && !line.startsWith('●')) || '').slice(0, 300)
}

/** Say which of the wanted lines of a watched file were executed. */
function measured(file, lines) {
  say(lines ? { measured: spec.watch[file], ...lines } : { unmeasured: spec.watch[file] })
}

module.exports = { spec, say, outcome, firstLine, pathOf, measured }
