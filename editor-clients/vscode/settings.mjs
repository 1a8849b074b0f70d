// Puts the server's settings into the manifest:  python -m familiar_server.reference --vscode | node settings.mjs

import { readFileSync, writeFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
manifest.contributes.configuration = JSON.parse(readFileSync(0, "utf8"));
writeFileSync("package.json", `${JSON.stringify(manifest, undefined, 2)}\n`);
