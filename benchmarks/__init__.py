"""Ratios to a peer in the same run: `python -m benchmarks`. Not part of the package."""
