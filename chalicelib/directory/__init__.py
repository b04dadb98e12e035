"""The directory: what ingestion must know of a team, looked up by name and believed for a while.

Owns: the registry of names that calls carry, attribution of a call to its owners, the renames that
reports follow, a team's own prices and tools as rating needs them, exchange rates, and jobs as
calls make them known.

Does not own: how these records are shown and changed by people (catalog, models, jobs), nor what a
call costs (pricing).

Stands on: identity, pricing, resources, kit, ports.
"""
