"""Benches: `python -m tests.bench [NAME …]` measures, prints one table and, when all ran, writes
RESULTS.md."""
