"""Rename in TypeScript and JavaScript: what is read, what belongs together, which places, and what is proved of it.

The names follow `familiar_edits.rename`, which hands on what is asked in a file of these languages.
"""
