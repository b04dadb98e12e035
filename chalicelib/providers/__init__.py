"""Providers: what those who sell models have billed, read from their own interfaces.

Owns: the connections to providers with their sealed tokens, the readers of their reports, and the
days of `billing_days` in the lake.

Does not own: what was metered (lake), how the two differ (reconciliation), how a request leaves the
house (ports).

Stands on: kit, ports, directory, lake, pricing, resources.
"""
