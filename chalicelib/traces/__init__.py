"""Traces: runs of agents, read from their calls.

Owns: the list of traces, one of them as a tree of calls, tools and agents, its critical path,
traces that stand out, how agents call each other, and where they go in circles.

Does not own: single events (events), reports that sum them up by dimension (reports), how events
are made and stored (metering, lake).

Stands on: kit, ports, directory, lake, reports, resources.
"""
