"""Squads: agents that work together, grouped by their purpose, run by run.

Owns: which executions make a group, the lists of groups and of executions, one execution in detail
and as a timeline.

Does not own: single calls (events), traces (traces), how calls are made and stored (metering,
lake).

Stands on: kit, ports, directory, lake, reports, resources.
"""
