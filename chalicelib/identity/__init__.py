"""Identity: who is calling.

Owns: tenants, teams, users and API keys as they are stored, the settings of tenants and teams,
authentication, and the memory of keys that were checked a moment ago.

Does not own: how teams and users are shown and changed (catalog), nor which operation needs which
scope (functions).

Stands on: kit, ports.
"""
