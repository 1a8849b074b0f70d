"""What completion is worth, as commands: `python -m benchmarks.completion` (see `__main__`)."""
