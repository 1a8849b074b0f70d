"""Python: the grammar and the extractor."""

from familiar_codegraph.languages import Language
from familiar_codegraph.languages.python.grammar import parser
from familiar_codegraph.languages.python.statements import extract

LANGUAGE = Language("python", parser, extract)
