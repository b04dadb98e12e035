"""Resources: the one pattern of all records that clients keep, from the declaration to the page.

Owns: the declaration of a resource and its store (list, get, create, change, delete), references
between records, HAL pages, revisions, the shared refusals, the read-change-write loop, and the
rosters of teams that scheduled work walks through.

Does not own: any resource itself; these stand in catalog, models and invoicing.

Stands on: identity, kit, ports.
"""
