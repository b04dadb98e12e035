"""Asking: one engine run for all who ask the same at the same time, within the time that a caller waits."""

import threading
from concurrent.futures import Future
from dataclasses import replace

from chalicelib.kit.clock import SECOND
from chalicelib.ports.engine import EngineBusy, Result, Statement
from chalicelib.ports.world import World

_running: dict[tuple[object, ...], Future[Result]] = {}
_lock = threading.Lock()


def ask(world: World, team: str, statement: Statement, deadline: int) -> Result:
    """The result of a statement, before the instant `deadline` (ms): what runs then is cancelled.

    A statement that is just running, with the same parameters, for the same team, is waited for and not run again: it
    tells the state of the lake, so that what runs has seen all that was written before. Raises EngineBusy,
    EngineRefused.
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
    except BaseException as failure:
        future.set_exception(failure)
        raise
    finally:
        with _lock:
            del _running[key]
    return future.result()


def _joined(future: Future[Result], left: float) -> Result:
    try:
        return future.result(left)
    except TimeoutError as error:
        raise EngineBusy("the question took too long: ask for less, or try again shortly") from error
