"""Reconciliation: what was metered against what was billed, and why the two differ.

Owns: the statement that takes a difference apart, coverage, and how a bill is attributed to people.

Does not own: what was billed (providers), what was metered and how reports sum it up (reports).

Stands on: kit, ports, directory, lake, notices, pricing, providers, reports, resources.
"""
