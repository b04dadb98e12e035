"""Ports that fail at a call of our choice."""

from dataclasses import replace
from typing import Any

from chalicelib.ports.world import World

PORTS = ("documents", "events", "replays", "lake", "feed", "counters")


class Faults:
    """Counts the calls of all ports, and fails the one it was told to: before it reaches the port,
    or after."""

    def __init__(self, fatal: int = -1, *, after: bool = False) -> None:
        self.calls = 0
        self._fatal = fatal
        self._after = after

    def over(self, world: World) -> World:
        return replace(world, **{name: Port(getattr(world, name), self) for name in PORTS})

    def run(self, method: Any, *args: Any, **options: Any) -> Any:
        self.calls += 1
        fatal = self.calls == self._fatal
        if fatal and not self._after:
            raise OSError("the port failed")
        answer = method(*args, **options)
        if fatal:
            raise OSError("the port did it, and failed to say so")
        return answer


class Port:
    """A port whose every method goes through the faults."""

    def __init__(self, port: Any, faults: Faults) -> None:
        self._port = port
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *args, **options: self._faults.run(method, *args, **options)
