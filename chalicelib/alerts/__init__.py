"""Alerts: rules that watch what calls are like, what fires by them, and how budgets stand.

Owns: alert rules and their state, fired alerts, the values that they are evaluated on, what is
usual at an hour of the week, and the progress and forecast of budgets.

Does not own: cost controls and what is measured of calls (budgets), outcomes of jobs (jobs), how
people are told (notices).

Stands on: kit, ports, identity, resources, lake, reports, notices, providers, budgets, jobs.
"""
