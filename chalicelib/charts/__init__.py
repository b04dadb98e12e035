"""Charts: what may be drawn of calls, jobs and budgets, the definitions that a team keeps, and the
numbers of one.

Owns: chart definitions, the metrics and calculations that charts offer, their ranges and grains.

Does not own: how the lake is asked (reports), which calls pass a filter (budgets).

Stands on: kit, ports, identity, resources, directory, lake, reports, providers, budgets, jobs.
"""
