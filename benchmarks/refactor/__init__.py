"""Random refactorings of real projects, judged by oracles that the product does not call."""
