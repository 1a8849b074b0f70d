"""Every figure that is claimed of the code graph, side by side in one run: see `python -m benchmarks.graph --help`."""
