"""Notices: telling people, and other programs, what happened.

Owns: destinations (Slack channels, webhooks), deliveries with their attempts, back-off, signatures.

Does not own: what is worth telling, and when; budgets and alerts enqueue notices.

Stands on: identity, kit, ports, resources.
"""
