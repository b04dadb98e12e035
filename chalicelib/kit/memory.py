"""Memory: values that a process believes for a while, so that it need not ask again each time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """At most `most` values by key, each believed for some milliseconds or until it is forgotten;
    of too many the oldest goes. Safe for many threads, of which none waits for another's look-up.

    A value that was being looked up while somebody forgot one is handed out but not kept:

        A  recall - look up (old) --------------- forgotten meanwhile: not kept - answered
        B             change - forget -
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Key, tuple[int, Value]] = OrderedDict()
        self._forgets = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def recall(self, key: Key, now: int, for_ms: int, look_up: Callable[[], Value]) -> Value:
        """The value of a key at the instant `now` (epoch ms); looked up, and then believed for
        `for_ms`, when it is unknown or was believed long enough. What `look_up` raises is raised
        and nothing is kept."""
        kept = self._find(key, now)
        if kept is not None:
            return kept[1]
        forgets = self._forgets
        value = look_up()
        self._keep(key, value, now + for_ms, forgets)
        return value

    def peek(self, key: Key, now: int) -> Value | None:
        """The value of a key that is still believed at `now`, else None."""
        kept = self._find(key, now)
        return None if kept is None else kept[1]

    def keep(self, key: Key, value: Value, until: int) -> None:
        """Believe a value until then (epoch ms), whatever was forgotten meanwhile: for keys that
        name the state of what they were looked up from."""
        self._keep(key, value, until, None)

    def _find(self, key: Key, now: int) -> tuple[int, Value] | None:
        # One look, not two: between them another thread may make room by dropping this key.
        kept = self._values.get(key)
        return kept if kept is not None and now < kept[0] else None

    def _keep(self, key: Key, value: Value, until: int, forgets: int | None) -> None:
        with self._lock:
            if forgets is None or forgets == self._forgets:
                self._values[key] = (until, value)
                self._values.move_to_end(key)
                if len(self._values) > self._most:
                    self._values.popitem(last=False)

    def forget(self, key: Key) -> None:
        """Have the next one who asks for a key look it up."""
        with self._lock:
            self._forgets += 1
            self._values.pop(key, None)

    def forget_all(self, test: Callable[[Key], bool]) -> None:
        """Have every key that passes a test looked up again."""
        with self._lock:
            self._forgets += 1
            for key in [key for key in self._values if test(key)]:
                del self._values[key]
