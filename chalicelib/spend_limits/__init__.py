"""Limits at providers: cost controls that stand at a provider as its own spend limit, so that they
hold even while we are down.

Owns: which rule may be written where and how large, the record of what was written, writing it and
taking it away, and whether it still stands.

Does not own: cost controls and what was used under them (budgets), how providers are asked and in
what words (providers), how people are told (notices).

Stands on: kit, ports, pricing, resources, notices, providers, budgets.
"""
