"""Python: the grammar and the extractor."""

from familiar_codegraph.languages import Language
from familiar_codegraph.languages.python.grammar import parser
from familiar_codegraph.languages.python.parts import facts_of

LANGUAGE = Language("python", parser, facts_of)
