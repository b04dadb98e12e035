"""Asking: one engine run for all who ask the same at the same time, within the time that a caller
waits, of a lake that holds still meanwhile."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace

from chalicelib.kit.clock import SECOND
from chalicelib.kit.errors import MeterlakeError
from chalicelib.lake.damage import run
from chalicelib.lake.days import DayState, read_believed_states
from chalicelib.lake.extent import find_emptied_days
from chalicelib.lake.gaps import note_gaps
from chalicelib.lake.vanishing import StatesByTable, note_vanished
from chalicelib.ports.engine import EngineBusy, Result, Statement
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

STATE_MARK = "/* lake {} */"
"""The comment at the end of a statement that tells the state of the days which it reads."""
PAUSES_S = (0.0, 0.0, 0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6, 1.6)
"""Between two attempts: a job that rewrites many days in a row is done with them in seconds."""
_TOO_SLOW = "the question took too long: ask for less, or try again shortly"


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for one caller, who waits until `deadline` (UTC epoch ms)."""

    world: World
    team: Scope
    deadline: int
    incomplete: set[str] = field(default_factory=set)
    """Days (YYYY-MM-DD) asked about of which the lake misses something."""

    @classmethod
    def of(cls, world: World, team: Scope) -> "Asker":
        """One whose caller comes now, and waits as long as the settings say."""
        return cls(world, team, world.now() + int(world.settings.query_timeout_s * SECOND))

    def ask(
        self,
        tables: Sequence[str],
        days: Sequence[str],
        make_statement: Callable[[StatesByTable], Statement | None],
    ) -> Result | None:
        """The result of the statement that `make_statement` makes for the states of the days; None
        when it makes none.

        Asked again until no day changed meanwhile in a way that matters to the result. Raises
        EngineBusy when they never hold still, or when the deadline has passed.
        """
        before = self._read_states(tables, days)
        for pause_s in (*PAUSES_S, 0.0):
            statement = make_statement(before)
            result = self._run(statement, before)
            after = self._read_states(tables, days)
            if all(are_steady(by_day, after[table]) for table, by_day in before.items()):
                if not self._find_vanished(statement, result, before):
                    missed = set(_find_incomplete(after))
                    self.incomplete.update(missed)
                    note_gaps(missed)
                    return result
                after = self._read_states(tables, days)
            before = after
            time.sleep(pause_s)
        raise EngineBusy("the lake is being rewritten: try again")

    def note_emptied(
        self, states: Mapping[str, DayState], days: Iterable[str] | None = None
    ) -> None:
        """Note those of some days (of all of `states`, without any), of which the events themselves
        are asked for, that retention has emptied."""
        emptied = find_emptied_days(self.world, self.team, states, days)
        self.incomplete.update(emptied)
        note_gaps(emptied)

    def _run(self, statement: Statement | None, states: StatesByTable) -> Result | None:
        if statement is None:
            return None
        return ask(self.world, self.team, _with_mark(statement, states), self.deadline)

    def _find_vanished(
        self, statement: Statement | None, result: Result | None, states: StatesByTable
    ) -> bool:
        """Whether a file is found to have vanished, which is noted."""
        if statement is None or result is None or result.files is None:
            return False
        return note_vanished(self.world, self.team, statement.scan, result.files, states)

    def _read_states(self, tables: Sequence[str], days: Sequence[str]) -> StatesByTable:
        return {table: read_believed_states(self.world, self.team, table, days) for table in tables}


def _with_mark(statement: Statement, states: StatesByTable) -> Statement:
    """The statement with the state of the lake as a comment. Athena hands out a minute-old result
    of the same text: it may do so as long as nothing was written, and never to a question that is
    asked again because files have moved."""
    told: list[tuple[str, str, int, int, int, int]] = []
    for table, by_day in states.items():
        for day, state in by_day.items():
            told.append((table, day, state.written, state.compacted, state.rolled, state.swaps))
    mark = hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()
    return replace(statement, sql=f"{statement.sql} {STATE_MARK.format(mark)}")


def are_steady(before: Mapping[str, DayState], after: Mapping[str, DayState]) -> bool:
    """Whether what was read of some days between two looks at their states is whole."""
    return all(_is_steady(state, after[day]) for day, state in before.items())


def _find_incomplete(states: StatesByTable) -> Iterator[str]:
    for by_day in states.values():
        for day, state in by_day.items():
            if state.lost:
                yield day


def _is_steady(before: DayState, after: DayState) -> bool:
    """Whether no files vanished, and a day that was taken for clean has stayed so. Files that were
    added to a dirty day do not matter: the question has seen them or not, and both are right."""
    same_files = before.swaps == after.swaps
    return same_files and (not before.is_clean or before.written == after.written)


_running: dict[tuple[object, ...], Future[Result]] = {}
_lock = threading.Lock()


def ask(world: World, team: Scope, statement: Statement, deadline: int) -> Result:
    """The result of a statement, before the instant `deadline` (UTC epoch ms): what runs then is
    cancelled.

    A statement that is just running, with the same parameters, for the same team, is waited for and
    not run again: it tells the state of the lake, so that what runs has seen all that was written
    before. Raises EngineBusy, EngineRefused.
    """
    left_s = (deadline - world.now()) / SECOND
    if left_s <= 0:
        raise EngineBusy(_TOO_SLOW)
    key = (id(world.engine), team, statement.sql, tuple(statement.params))
    with _lock:
        leads = key not in _running
        future = _running.setdefault(key, Future())
    if not leads:
        return _wait_for(future, left_s)
    try:
        future.set_result(run(world, team, replace(statement, time_s=left_s)))
    except MeterlakeError as failure:
        future.set_exception(failure)
    finally:
        with _lock:
            del _running[key]
        # Has an effect only when it broke off in another way: nobody shall wait for it.
        future.cancel()
    return future.result()


def _wait_for(future: Future[Result], left_s: float) -> Result:
    """What somebody else's run answers, within so many seconds. Raises EngineBusy."""
    try:
        return future.result(left_s)
    except CancelledError as error:
        raise EngineBusy("the question broke off: try again") from error
    except TimeoutError as error:
        raise EngineBusy(_TOO_SLOW) from error
