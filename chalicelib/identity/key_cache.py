"""Keys that were checked a moment ago, so that most requests need no look-up."""

import hashlib

from chalicelib.identity.records import Principal
from chalicelib.identity.service import authenticate
from chalicelib.kit.memory import Memory
from chalicelib.ports.world import World

_MOST = 10_000
"""Keys that are remembered."""


class KeyCache:
    """Per process. A key is trusted for Settings.key_cache_s and then checked again; failures are
    never kept, so a flood of wrong keys cannot push good ones out, and a new key works at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._memory: Memory[bytes, Principal] = Memory(_MOST)
        self._trust_ms = world.settings.key_cache_s * 1_000

    def principal(self, text: str) -> Principal:
        """Who a key belongs to. Raises Unauthorized."""
        mark = hashlib.blake2b(text.encode(), digest_size=16).digest()
        return self._memory.recall(
            mark, self._world.now(), self._trust_ms, lambda: authenticate(self._world, text)
        )
