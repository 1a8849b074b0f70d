// What files of TypeScript and JavaScript answer, read by the TypeScript compiler's own parser.
//
// stdin: {path: text}; stdout: {path: {labels: [question, answer, line], functions: [start, end, line],
// flips: [question, answer, line, start, end, edits]}}. Places are UTF-16 units from 0, lines are 1-based; an edit is
// [start, end, text]. Called as `node scripts.cjs TYPESCRIPT`.
"use strict";
const ts = require(process.argv[2]);
const K = ts.SyntaxKind;

const ENDED = new Set([K.ExpressionStatement, K.VariableStatement, K.ReturnStatement, K.ImportDeclaration,
  K.ThrowStatement, K.TypeAliasDeclaration, K.BreakStatement, K.ContinueStatement, K.ExportAssignment]);
const LITERALS = new Set([K.StringLiteral, K.NumericLiteral, K.NoSubstitutionTemplateLiteral, K.TemplateExpression,
  K.ArrayLiteralExpression, K.ObjectLiteralExpression]);

function words(name) {
  return name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g) || [];
}

function caseOf(name) {
  const core = name.replace(/^[_$]+|[_$]+$/g, "");
  if (/^[A-Z0-9_]+$/.test(core)) return "UPPER_CASE";
  if (/^[a-z0-9_]+$/.test(core)) return "snake_case";
  if (core.includes("_")) return "other";
  return /^[A-Z]/.test(core) ? "PascalCase" : "camelCase";
}

const snake = name => words(name).map(w => w.toLowerCase()).join("_");
const upper = name => words(name).map(w => w.toUpperCase()).join("_");
const camel = name => words(name).map((w, i) => i ? w[0].toUpperCase() + w.slice(1).toLowerCase() : w.toLowerCase()).join("");

function read(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const out = { labels: [], functions: [], flips: [] };
  const typed = /\.[mc]?tsx?$/.test(path);
  const lineOf = at => file.getLineAndCharacterOfPosition(at).line + 1;
  const identifiers = new Map();

  function own(node) { // the function or statement of the file that holds a place
    let at = node;
    while (at.parent && !ts.isSourceFile(at.parent) && !(ts.isFunctionLike(at) && at.body)) at = at.parent;
    return [at.getStart(file), at.getEnd()];
  }
  function say(question, answer, node, edits) {
    const line = lineOf(node.getStart(file));
    out.labels.push([question, answer, line]);
    if (edits) out.flips.push([question, answer, line, ...own(node), edits]);
  }
  function renamed(name, to) { // all places of a name, unless the new one stands in the file already
    const places = identifiers.get(name) || [];
    return identifiers.has(to) ? undefined : places.map(n => [n.getStart(file), n.getEnd(), to]);
  }
  function named(question, name, turn) {
    if (!name || !ts.isIdentifier(name) || words(name.text).length < 2) return;
    if (/^[_$]*([a-z0-9]+|[A-Z0-9]+)[_$]*$/.test(name.text)) return; // one word says nothing, with a number or without
    const answer = caseOf(name.text), other = turn(name.text, answer);
    say(question, answer, name, other && other !== name.text ? renamed(name.text, other) : undefined);
  }
  const functionTurn = (name, answer) => answer === "camelCase" ? snake(name) : answer === "snake_case" ? camel(name) : "";
  const constantTurn = (name, answer) => answer === "UPPER_CASE" ? camel(name) : answer === "camelCase" ? upper(name) : "";

  function comma(nodes, last) {
    if (!nodes || nodes.length < 2) return;
    const lines = nodes.map(n => lineOf(n.getStart(file)));
    const open = text.slice(nodes.pos - 1, nodes.pos), end = nodes[nodes.length - 1];
    const alone = new Set(lines).size === lines.length && lines[0] > lineOf(nodes.pos - 1)
      && lineOf(last) > lineOf(end.getEnd());
    if (!alone || !"([{".includes(open) || end.dotDotDotToken) return;
    const at = end.getEnd(), mark = nodes.hasTrailingComma ? text.indexOf(",", at) : -1;
    say("ts.trailing-comma", nodes.hasTrailingComma ? "yes" : "no", end,
      nodes.hasTrailingComma ? [[mark, mark + 1, ""]] : [[at, at, ","]]);
  }

  function inType(node) { // whether a name stands where only types are said
    for (let at = node; at.parent; at = at.parent) {
      if (ts.isTypeNode(at.parent) && !ts.isExpressionWithTypeArguments(at.parent)) return true;
      if (ts.isInterfaceDeclaration(at.parent) || ts.isTypeAliasDeclaration(at.parent)) return true;
      if (ts.isHeritageClause(at.parent)) return at.parent.token === K.ImplementsKeyword;
      if (ts.isStatement(at.parent)) return false;
    }
    return false;
  }
  function imported(node) {
    const clause = node.importClause;
    if (!typed || !clause) return;
    if (clause.isTypeOnly) {
      const start = node.getStart(file), gap = /^import(\s+)type\b/.exec(text.slice(start));
      const type = start + "import".length + (gap ? gap[1].length : 0);
      return say("ts.import-type", "yes", node, gap ? [[type, type + "type ".length, ""]] : undefined);
    }
    const names = [], bindings = clause.namedBindings;
    if (clause.name) names.push(clause.name);
    if (bindings && ts.isNamespaceImport(bindings)) names.push(bindings.name);
    if (bindings && ts.isNamedImports(bindings)) {
      if (bindings.elements.some(e => e.isTypeOnly)) return;
      names.push(...bindings.elements.map(e => e.name));
    }
    const uses = names.map(n => (identifiers.get(n.text) || []).filter(i => i !== n && !within(i, node)));
    if (names.length && uses.every(u => u.length) && uses.flat().every(inType)) say("ts.import-type", "no", node);
  }
  function within(inner, outer) {
    return inner.getStart(file) >= outer.getStart(file) && inner.getEnd() <= outer.getEnd();
  }

  function visit(node) {
    const top = node.parent && ts.isSourceFile(node.parent);
    if (ts.isFunctionLike(node) && node.body && (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node))) {
      out.functions.push([node.getStart(file), node.getEnd(), lineOf(node.getStart(file))]);
    }
    if (ENDED.has(node.kind) || node.kind === K.ExportDeclaration) {
      const end = node.getEnd(), ends = text[end - 1] === ";";
      if (!(ts.isExpressionStatement(node) && node.parent && ts.isArrowFunction(node.parent))) {
        say("ts.semicolons", ends ? "yes" : "no", node, ends ? [[end - 1, end, ""]] : [[end, end, ";"]]);
      }
    }
    if (ts.isStringLiteral(node) && !ts.isJsxAttribute(node.parent)) {
      const written = node.getText(file), inside = written.slice(1, -1), mark = written[0];
      if (!/["'`]/.test(inside)) {
        const other = mark === '"' ? "'" : '"';
        say("ts.quotes", mark === '"' ? "double" : "single", node,
          [[node.getStart(file), node.getEnd(), other + inside + other]]);
      }
    }
    if (ts.isNoSubstitutionTemplateLiteral(node) && !ts.isTaggedTemplateExpression(node.parent)) {
      if (!/["'\n]/.test(node.getText(file))) say("ts.quotes", "backtick", node);
    }
    if (ts.isVariableDeclarationList(node)) {
      const kind = text.slice(node.getStart(file)).match(/^(const|let|var)\b/);
      if (kind) {
        const start = node.getStart(file), to = kind[1] === "let" ? "var" : "let";
        const whole = node.declarations.every(d => d.initializer) && ts.isVariableStatement(node.parent);
        say("ts.binding", kind[1], node, whole ? [[start, start + kind[1].length, to]] : undefined);
      }
    }
    if (ts.isVariableStatement(node) && top) {
      const constant = node.declarationList.flags & ts.NodeFlags.Const;
      for (const each of node.declarationList.declarations) {
        if (!each.initializer || !ts.isIdentifier(each.name)) continue;
        if (ts.isArrowFunction(each.initializer)) {
          say("ts.function", "arrow", each.name);
          named("ts.naming.function", each.name, functionTurn);
        } else if (constant && LITERALS.has(each.initializer.kind)) {
          named("ts.naming.constant", each.name, constantTurn);
        }
      }
    }
    if (ts.isFunctionDeclaration(node) && node.name && node.body) {
      if (top) {
        const head = /^(export\s+)?(async\s+)?function(\s+)([\w$]+)/.exec(text.slice(node.getStart(file)));
        const plain = head && !node.asteriskToken && !head[2] && !node.typeParameters;
        const start = node.getStart(file) + (head && head[1] ? head[1].length : 0), body = node.body.getStart(file);
        const uses = /\b(this|arguments)\b/.test(node.body.getText(file));
        say("ts.function", "declaration", node.name, plain && !uses
          ? [[start, node.name.getEnd(), `const ${node.name.text} = `], [body, body, "=> "]] : undefined);
      }
      named("ts.naming.function", node.name, functionTurn);
    }
    if (ts.isMethodDeclaration(node) && node.body) named("ts.naming.function", node.name, functionTurn);
    if (ts.isClassDeclaration(node) && node.name) {
      const name = node.name.text;
      say("ts.naming.class", /^[_$]*[A-Z]/.test(name) ? "PascalCase" : caseOf(name), node.name,
        words(name).length > 1 ? renamed(name, camel(name)) : undefined);
    }
    if (ts.isInterfaceDeclaration(node)) {
      const start = text.indexOf("interface", node.getStart(file)), name = node.name.getEnd();
      const plain = !node.heritageClauses && !node.typeParameters;
      say("ts.record", "interface", node, plain
        ? [[start, start + "interface".length, "type"], [name, name, " ="]] : undefined);
    }
    if (ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type)) {
      const start = text.indexOf("type", node.getStart(file)), equals = text.indexOf("=", node.name.getEnd());
      say("ts.record", "type", node, node.typeParameters ? undefined
        : [[start, start + "type".length, "interface"], [equals, equals + 1, ""]]);
    }
    if (top && (ts.isExportAssignment(node) && !node.isExportEquals || ts.isExportDeclaration(node))) {
      say("ts.export", ts.isExportAssignment(node) ? "default" : "named", node);
    } else if (top && ts.canHaveModifiers(node)) {
      const given = (ts.getModifiers(node) || []).map(m => m.kind);
      if (given.includes(K.ExportKeyword)) say("ts.export", given.includes(K.DefaultKeyword) ? "default" : "named", node);
    }
    if (ts.isImportDeclaration(node)) imported(node);
    if (ts.isAwaitExpression(node)) say("ts.async", "await", node);
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "then") {
      say("ts.async", "then", node.expression.name);
    }
    if (ts.isBinaryExpression(node) && (LITERALS.has(node.right.kind) || node.right.kind === K.NullKeyword)) {
      const mark = node.operatorToken, kind = mark.getText(file);
      if (kind === "??" || kind === "||") {
        say("ts.nullish", kind, node, [[mark.getStart(file), mark.getEnd(), kind === "??" ? "||" : "??"]]);
      }
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) comma(node.arguments, node.getEnd() - 1);
    if (ts.isArrayLiteralExpression(node)) comma(node.elements, node.getEnd() - 1);
    if (ts.isObjectLiteralExpression(node)) comma(node.properties, node.getEnd() - 1);
    if (ts.isNamedImports(node) || ts.isNamedExports(node)) comma(node.elements, node.getEnd() - 1);
    if (ts.isFunctionLike(node) && node.parameters && node.parameters.length > 1) {
      comma(node.parameters, text.indexOf(")", node.parameters.end));
    }
    ts.forEachChild(node, visit);
  }
  function note(node) {
    if (ts.isIdentifier(node)) identifiers.set(node.text, [...(identifiers.get(node.text) || []), node]);
    ts.forEachChild(node, note);
  }
  note(file);
  visit(file);
  if (file.parseDiagnostics.length) return null;
  return out;
}

const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
const found = {};
for (const [path, text] of Object.entries(given)) found[path] = read(path, text);
process.stdout.write(JSON.stringify(found));
