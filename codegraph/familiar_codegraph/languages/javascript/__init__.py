"""JavaScript and TypeScript, with JSX: one extractor for three grammars that name their nodes alike."""

from familiar_codegraph.languages import Language
from familiar_codegraph.languages.javascript.grammar import javascript, tsx, typescript
from familiar_codegraph.languages.javascript.statements import extract

JAVASCRIPT = Language("javascript", javascript, extract)
TYPESCRIPT = Language("typescript", typescript, extract)
TSX = Language("tsx", tsx, extract)
