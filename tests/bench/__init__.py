"""Measurements on the real parts: `python -m tests.bench` (`make bench`). What they mean: docs/benchmarks.md."""
