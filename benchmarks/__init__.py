"""Every figure that we claim, as a command: `python -m benchmarks.smoke` and its siblings."""
