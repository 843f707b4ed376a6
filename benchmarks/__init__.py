"""Measures this load generator beside its peers: `python -m benchmarks`. See README.md."""
