/** The look of the evidence page: the editor's own colours and fonts. */

export const STYLE = `
:root { --good: var(--vscode-testing-iconPassed, #388a34); --bad: var(--vscode-testing-iconFailed, #d13438);
  --warn: var(--vscode-editorWarning-foreground, #bf8803); --quiet: var(--vscode-descriptionForeground);
  --edge: var(--vscode-panel-border, rgba(128, 128, 128, .35)); }
body { max-width: 980px; margin: 0 auto; padding: 0 28px; line-height: 1.45; color: var(--vscode-foreground); }
h1 { font-size: 1.5em; font-weight: 600; margin: 22px 0 8px; }
h2 { font-size: 1.08em; font-weight: 600; margin: 24px 0 8px; }
h3 { font-size: 1em; font-weight: 400; font-family: var(--vscode-editor-font-family); margin: 14px 0 4px; }
h1 code, p code, td code { font-size: .95em; padding: 0 4px; border-radius: 4px; background: var(--vscode-textCodeBlock-background); color: inherit; }
header p { margin: 0 0 18px; }
code { font-family: var(--vscode-editor-font-family); }
.badge { display: inline-block; padding: 1px 9px; margin-right: 6px; border-radius: 10px; font-weight: 600;
  color: var(--vscode-editor-background); }
.badge.good { background: var(--good); } .badge.bad { background: var(--bad); } .badge.warn { background: var(--warn); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 10px; }
.tile { display: flex; flex-direction: column; padding: 9px 12px; border: 1px solid var(--edge); border-radius: 6px; }
.label, .note { color: var(--quiet); font-size: .88em; }
.value { font-size: 1.2em; font-weight: 600; }
.value.good { color: var(--good); } .value.bad { color: var(--bad); } .value.warn { color: var(--warn); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--edge); font-weight: 400; }
th { white-space: nowrap; } table th:first-child { color: var(--quiet); } td.sign { width: 1.2em; font-weight: 700; }
td.number { text-align: right; color: var(--quiet); white-space: nowrap; padding-right: 0; }
tr.pass .sign, tr.pass .after { color: var(--good); } tr.fail .sign, tr.fail .after { color: var(--bad); }
tr.skipped .sign, tr.skipped .after { color: var(--quiet); }
summary { cursor: pointer; color: var(--quiet); padding: 2px 0; }
.diff { border: 1px solid var(--edge); border-radius: 6px; overflow-x: auto; font-size: var(--vscode-editor-font-size);
  background: var(--vscode-editor-background); padding: 4px 0; }
.row { display: flex; white-space: pre; min-width: max-content; }
.row .at { width: 3.6em; flex: none; text-align: right; padding-right: 10px; color: var(--vscode-editorLineNumber-foreground); user-select: none; }
.row .sign { width: 1.4em; flex: none; user-select: none; }
.row code { color: var(--vscode-editor-foreground); background: none; padding-right: 12px; }
.row.add { background: var(--vscode-diffEditor-insertedLineBackground, rgba(155, 185, 85, .2)); }
.row.del { background: var(--vscode-diffEditor-removedLineBackground, rgba(255, 0, 0, .15)); }
.row mark { color: inherit; border-radius: 2px; }
.row.add mark { background: var(--vscode-diffEditor-insertedTextBackground, rgba(155, 185, 85, .4)); }
.row.del mark { background: var(--vscode-diffEditor-removedTextBackground, rgba(255, 0, 0, .3)); }
.gap { color: var(--quiet); padding-left: 2.4em; }
footer { position: sticky; bottom: 0; display: flex; gap: 8px; padding: 12px 0; margin-top: 22px; border-top: 1px solid var(--edge);
  background: var(--vscode-editor-background); }
button { font: inherit; padding: 5px 14px; border: 0; border-radius: 3px; cursor: pointer;
  color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); }
button:hover { background: var(--vscode-button-secondaryHoverBackground); }
button.primary { color: var(--vscode-button-foreground); background: var(--vscode-button-background); }
button.primary:hover { background: var(--vscode-button-hoverBackground); }
button:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
`;
