"""Asking: one engine run for all who ask the same at the same time, within the time that a caller
waits, of a lake that holds still meanwhile."""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace

from chalicelib.kit.clock import SECOND
from chalicelib.kit.errors import MeterlakeError
from chalicelib.lake.days import DayState, readable
from chalicelib.ports.engine import EngineBusy, Result, Statement
from chalicelib.ports.world import World

STATE_MARK = "/* lake {} */"
_ATTEMPTS = 4
Known = Mapping[str, Mapping[str, DayState]]
"""The states of days, by table."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for one caller, who waits until `deadline` (ms)."""

    world: World
    team: str
    deadline: int

    @classmethod
    def of(cls, world: World, team: str) -> "Asker":
        """One whose caller comes now, and waits as long as the settings say."""
        return cls(world, team, world.now() + int(world.settings.query_timeout_s * SECOND))

    def ask(
        self,
        tables: Sequence[str],
        days: Sequence[str],
        statement: Callable[[Known], Statement | None],
    ) -> Result | None:
        """What a statement finds that is made for the states of some days; None without a
        statement.

        Asked again until no day changed under the question in a way that matters to it. Raises
        EngineBusy.
        """
        before = self._known(tables, days)
        for _ in range(_ATTEMPTS):
            asked = statement(before)
            found = (
                ask(self.world, self.team, _marked(asked, before), self.deadline) if asked else None
            )
            after = self._known(tables, days)
            if all(
                _steady(before[table][day], after[table][day]) for table in tables for day in days
            ):
                return found
            before = after
        raise EngineBusy("the lake is being rewritten: try again")

    def _known(self, tables: Sequence[str], days: Sequence[str]) -> Known:
        return {table: readable(self.world, self.team, table, days) for table in tables}


def _marked(statement: Statement, known: Known) -> Statement:
    """The statement with the state of the lake as a comment. Athena hands out a minute-old result
    of the same text: it may do so as long as nothing was written, and never to a question that is
    asked again because files have moved."""
    told = [
        (table, day, state.written, state.compacted, state.rolled, state.swaps)
        for table, days in known.items()
        for day, state in days.items()
    ]
    mark = hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()
    return replace(statement, sql=f"{statement.sql} {STATE_MARK.format(mark)}")


def _steady(before: DayState, after: DayState) -> bool:
    """No files vanished, and a day that was taken for clean has stayed so. Files that were added to
    a dirty day do not matter: the question has seen them or not, and both are right."""
    return before.swaps == after.swaps and (not before.is_clean or before.written == after.written)


_running: dict[tuple[object, ...], Future[Result]] = {}
_lock = threading.Lock()


def ask(world: World, team: str, statement: Statement, deadline: int) -> Result:
    """The result of a statement, before the instant `deadline` (ms): what runs then is cancelled.

    A statement that is just running, with the same parameters, for the same team, is waited for and
    not run again: it tells the state of the lake, so that what runs has seen all that was written
    before. Raises EngineBusy, EngineRefused.
    """
    left = (deadline - world.now()) / SECOND
    if left <= 0:
        raise EngineBusy("the question took too long: ask for less, or try again shortly")
    key = (id(world.engine), team, statement.sql, tuple(statement.params))
    with _lock:
        leads = key not in _running
        future = _running.setdefault(key, Future())
    if not leads:
        return _joined(future, left)
    try:
        future.set_result(world.engine.run(team, replace(statement, time_s=left)))
    except MeterlakeError as failure:
        future.set_exception(failure)
    finally:
        with _lock:
            del _running[key]
        future.cancel()  # has an effect only when it broke off in another way: nobody shall wait for it
    return future.result()


def _joined(future: Future[Result], left: float) -> Result:
    try:
        return future.result(left)
    except CancelledError as error:
        raise EngineBusy("the question broke off: try again") from error
    except TimeoutError as error:
        raise EngineBusy(
            "the question took too long: ask for less, or try again shortly"
        ) from error
