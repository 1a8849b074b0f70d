// Which lines of a source file V8 has executed: its ranges of counts, led back through the file's source map.
//
// A line holds code when the source map leads to it; it is executed when one of the positions that lead to it was.
// What the map does not say is not guessed: without a map, only text that is the file itself can be read.
'use strict'
const fs = require('fs')

const DIGITS = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((c, i) => [c, i]))
const INLINE = /^\/\/[#@] ?source\w+=\S*?data:application\/json[^,\s]*;base64,([A-Za-z0-9+/=]+)/gm

/** Yield [generated line, generated column, source number, original line] of a source map, all from 0 (ECMA-426). */
function* segments(mappings) {
  let source = 0
  let line = 0
  for (const [row, text] of mappings.split(';').entries()) {
    let column = 0
    for (const segment of text ? text.split(',') : []) {
      const fields = numbers(segment)
      column += fields[0]
      if (fields.length >= 4) {
        source += fields[1]
        line += fields[2]
        yield [row, column, source, line]
      }
    }
  }
}

function numbers(text) {
  const out = []
  let value = 0
  let shift = 0
  for (const character of text) {
    const digit = DIGITS.get(character)
    value += (digit & 31) * 2 ** shift
    shift += 5
    if (!(digit & 32)) {
      out.push(value % 2 ? -Math.floor(value / 2) : value / 2)
      value = shift = 0
    }
  }
  return out
}

/** Return the source map that stands at the end of the code itself, or null. */
function inlineMap(code) {
  const last = [...code.matchAll(INLINE)].pop()
  return last ? JSON.parse(Buffer.from(last[1], 'base64').toString('utf8')) : null
}

/** Return for each offset of interest whether it was executed: the innermost range around it decides. */
function counter(functions) {
  const ranges = functions.flatMap((f) => f.ranges)
  ranges.sort((a, b) => b.endOffset - b.startOffset - (a.endOffset - a.startOffset))
  return (offset) => {
    let count = 0
    for (const range of ranges) {
      if (range.startOffset <= offset && offset < range.endOffset) count = range.count
    }
    return count > 0
  }
}

function lineStarts(text) {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/**
 * Return {code, executed}: lines from 1 of the file, or null when they cannot be told.
 *
 * `text` is what V8 was given; of its first line `prefix` characters, and of the offsets `wrapper`, are not in the map.
 */
function executedLines({ text, original, functions, map, prefix = 0, wrapper = 0, wanted }) {
  const ran = counter(functions)
  const code = new Set()
  const executed = new Set()
  const starts = lineStarts(text)
  const note = (line, offset) => {
    if (!wanted.has(line)) return
    code.add(line)
    if (ran(offset + wrapper)) executed.add(line)
  }
  const payload = map || inlineMap(text)
  if (payload) {
    if (payload.sections || (payload.sources || []).length !== 1) return null
    for (const [row, column, , line] of segments(payload.mappings)) {
      if (row < starts.length) note(line + 1, starts[row] + column + (row === 0 ? prefix : 0))
    }
  } else if (text === original) {
    for (const [row, start] of starts.entries()) {
      const end = row + 1 < starts.length ? starts[row + 1] : text.length
      const first = text.slice(start, end).search(/\S/)
      if (first >= 0) note(row + 1, start + first)
    }
  } else {
    return null
  }
  return { code: [...code].sort((a, b) => a - b), executed: [...executed].sort((a, b) => a - b) }
}

function read(path) {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

module.exports = { executedLines, inlineMap, read }
