"""Counters: integers that are added to exactly once, and amounts that are reserved under a
limit."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from chalicelib.ports.scope import Scope


class Counters(Protocol):
    """A counter has a name and any number of integer fields (calls, tokens, nano-USD); unknown ones
    read as 0."""

    def add(self, scope: Scope, counter: str, amounts: Mapping[str, int], token: str) -> bool:
        """Add to several fields at once, once per token: False, and nothing added, when the token
        was used before."""

    def read(self, scope: Scope, counters: Sequence[str]) -> dict[str, dict[str, int]]:
        """The fields of each counter; reserved amounts stand in the field `reserved`."""

    def reserve(self, scope: Scope, counter: str, amount: int, limit: int, token: str) -> bool:
        """Hold `amount` when used + reserved + amount ≤ limit, atomically; False when it does not
        fit. The field `used` is what was settled. A token that holds already answers True and holds
        nothing more."""

    def settle(self, scope: Scope, counter: str, token: str, amount: int) -> bool:
        """Turn what the token holds into `amount` used (it may differ); False when the token holds
        nothing."""

    def release(self, scope: Scope, counter: str, token: str) -> bool:
        """Give back what the token holds; False when it holds nothing."""
