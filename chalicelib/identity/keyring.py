"""Keys that were checked a moment ago, so that most requests need no look-up."""

import hashlib
from collections import OrderedDict

from chalicelib.identity.records import Principal
from chalicelib.identity.service import authenticate
from chalicelib.ports.world import World

_MOST = 10_000


class Keyring:
    """Per process. A key is trusted for Settings.key_cache_s and then checked again; failures are
    never kept, so a flood of wrong keys cannot push good ones out, and a new key works at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: OrderedDict[bytes, tuple[int, Principal]] = OrderedDict()
        self._trust_ms = world.settings.key_cache_s * 1_000

    def principal(self, text: str) -> Principal:
        """Who a key belongs to. Raises Unauthorized."""
        mark = hashlib.blake2b(text.encode(), digest_size=16).digest()
        now = self._world.now()
        known = self._known.get(mark)
        if known and known[0] > now:
            return known[1]
        self._known.pop(mark, None)
        principal = authenticate(self._world, text)
        self._known[mark] = (now + self._trust_ms, principal)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return principal
