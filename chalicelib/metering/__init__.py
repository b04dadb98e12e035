"""Metering: a call that happened becomes an event of the ledger, attributed and rated, exactly
once.

Owns: the wire models of everything that is posted, the drafts that all channels make, the way of a
draft into the ledger (owners, cost, prompts), and later versions of an event: corrections, voids
and new costs.

Does not own: OTLP's encodings and vocabularies (otlp), the names and prices that a call is looked
up by (directory), what a price says (pricing), the files and rollups of the lake (lake), and
reading what was metered (events, reports).

Stands on: directory, identity, kit, lake, ports, pricing, resources.
"""
