"""Budgets: what may be used in a window of time, and what is to happen when it is gone.

Owns: cost controls, their windows, the counters of what has been used under each, the compiled set
that SDKs poll before they call a model, and reservations of what a call may cost.

Does not own: what calls cost (metering, pricing), what the lake tells (reports), how people are
told (notices).

Stands on: kit, ports, identity, resources, directory, lake, metering, notices, pricing,
reports.
"""
