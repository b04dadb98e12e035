"""Budgets: what may be used in a window of time, and what is to happen when it is gone.

Owns: cost controls, their windows, what has been used under each, and the compiled set that SDKs
poll before they call a model.

Does not own: how usage is summed up (reports), what calls cost (metering, pricing).

Stands on: kit, ports, identity, resources, directory, lake, reports.
"""
