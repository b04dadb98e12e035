"""Scope: whose data a storage call is about. The type checker tells a scope from any other text, so
that no call can name a record where it should name a team."""

from typing import NewType

Scope = NewType("Scope", str)
"""The id of a team or a tenant, or the name of a part of the system (which no id can be)."""
