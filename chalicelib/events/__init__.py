"""Events, read: what was metered, call by call.

Owns: the cost of a tenant's completions, and the calls of a user.

Does not own: how events are made and changed (metering), how they are stored (lake, ports), reports
that sum them up by dimension (reports).

Stands on: kit, ports, catalog, identity, lake, resources.
"""
