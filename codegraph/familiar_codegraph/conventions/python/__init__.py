"""Python's questions: `extract.walk(data, tree)`."""
