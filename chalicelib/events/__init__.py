"""Events, read: what was metered, call by call.

Owns: the lists of events with their filters, single events, their prompts and who looked at them,
taking events back; the cost of a tenant's completions, and the calls of a user.

Does not own: how events are made and changed (metering), how they are stored (lake, ports), reports
that sum them up by dimension (reports), what traces are made of (traces).

Stands on: kit, ports, catalog, directory, identity, lake, metering, reports, resources.
"""
