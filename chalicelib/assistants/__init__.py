"""Assistants: what coding assistants cost a team by the seat, and what came of them.

Owns: seats and their prices, the connection to GitHub with its sealed token, merged pull requests,
which e-mail address belongs to which login, the contributions that Claude Code reports.

Does not own: what calls of assistants cost (metering, reports), which of them are paid by use
(catalog), connections to those who sell models (providers).

Stands on: identity, resources, directory, lake, providers, kit, ports.
"""
