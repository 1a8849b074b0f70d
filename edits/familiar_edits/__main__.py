"""`python -m familiar_edits`: the edit process."""

from familiar_edits.process import main

main()
