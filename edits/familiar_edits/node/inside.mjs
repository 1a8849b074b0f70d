// Runs vitest or jest in each package, one after the other, and says when all have come to their end.
//
//   node inside.mjs SPEC.json
//
// What the runners print goes on; the first line that names an error is printed last, for people. No end is said when a
// runner ended without running tests.
import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'

const spec = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const ERRORS = [/^\W*(\w*Error: .+)$/m, /^\W*((?:Cannot|Invalid|Unknown|Failed|Preset|Module)\b.+)$/m]

function start({ argv, cwd, env, folder }) {
  return new Promise((resolve) => {
    let printed = ''
    const given = { ...process.env, ...env, FAMILIAR_RUN: process.argv[2], FAMILIAR_PACKAGE: folder }
    const child = spawn(process.execPath, argv, { cwd, env: given, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        process.stdout.write(data)
        if (printed.length < 100_000) printed += data
      })
    }
    child.on('close', (status, signal) => resolve({ status: status ?? signal, printed }))
  })
}

function outcomes() {
  return readFileSync(spec.out, 'utf8').split('\n').filter((line) => line.startsWith('{"test"')).length
}

let worst = 0
for (const run of spec.runs) {
  const before = outcomes()
  const { status, printed } = await start(run)
  if (status !== 0 && outcomes() === before) {
    // eslint-disable-next-line no-control-regex
    const plain = printed.replace(/\u001b\[[0-9;]*m/g, '')
    const named = ERRORS.map((pattern) => pattern.exec(plain)).find(Boolean)
    console.log(named ? '\n' + named[1].slice(0, 300) : '')
    process.exit(typeof status === 'number' ? status : 1)
  }
  worst = worst || (typeof status === 'number' ? status : 1)
}
appendFileSync(spec.out, JSON.stringify({ end: worst }) + '\n')
