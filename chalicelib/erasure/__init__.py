"""Erasure: the personal data of one person leaves everything that a team has stored; the money
stays.

Owns: who a person is by ids, addresses and keys; the ledger, the lake, the prompts and the records
without them; and retention, after which all events of a day are gone.

Does not own: how a day of the lake is rewritten and rolled up (lake), where exports and counts of
usage are kept (export, invoicing), how prompts are stored (metering).

Stands on: identity, resources, directory, lake, metering, export, invoicing, budgets, assistants,
kit, ports.
"""
