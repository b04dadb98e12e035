"""What was read a moment ago, for paths that cannot ask the store each time."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from chalicelib.kit.clock import MINUTE
from chalicelib.ports.documents import Documents
from chalicelib.ports.world import World

Value = TypeVar("Value")
_MOST = 10_000


class Remembered(Generic[Value]):
    """Values by scope and name, per process, trusted for a minute or until `forget`. Safe for many
    threads.

    A value that was being read while somebody forgot it is handed out but not kept:

        A  get ─ load (old) ───────────── newest? no: not kept ─ answered
        B        change ─ forget ─
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, str, str], tuple[int, Documents, Value]] = OrderedDict()
        self._changes = 0
        self._lock = threading.Lock()

    def get(self, world: World, scope: str, name: str, load: Callable[[], Value]) -> Value:
        """The value; loaded when it is not known or a minute old."""
        key = (id(world.documents), scope, name)
        known = self._known.get(key)
        # The store itself is compared too: an id may be given again after a store was thrown away.
        if known is not None and known[0] > world.now() and known[1] is world.documents:
            return known[2]
        changes = self._changes
        value = load()
        with self._lock:
            if changes == self._changes:
                self._known[key] = (world.now() + MINUTE, world.documents, value)
                if len(self._known) > _MOST:
                    self._known.popitem(last=False)
        return value

    def forget(self, world: World, scope: str, name: str) -> None:
        """Have the next one who asks read again."""
        with self._lock:
            self._changes += 1
            self._known.pop((id(world.documents), scope, name), None)
