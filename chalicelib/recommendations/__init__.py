"""Recommendations: what could be done about a team's spend, ranked, with the figures behind it, and
what came of it; and what a month will cost.

Owns: investigators with their rules and thresholds, the claims that keep two advices from counting
one dollar twice, runs, feedback, the weekly run, and the forecast of spend.

Does not own: how the lake is asked (reports), what models cost (pricing), who is told (notices).

Stands on: kit, ports, pricing, identity, resources, directory, lake, notices, reports,
providers, assistants, reconciliation.
"""
