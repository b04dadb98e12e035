"""The local server: the deployed operations behind Granian, over one data folder.

Two processes: this one feeds the lake and keeps it in order, its child answers requests, so that
neither waits for the other's interpreter lock. The ledger between them is SQLite.
"""

import atexit
import fcntl
import gc
import logging
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from chalicelib.kit.logs import LOG, logger
from chalicelib.ports.world import World
from functions.seam import Seam
from functions.table import routers
from infra.local.connections import start_reaper
from infra.local.drafts import sweep
from infra.local.trimming import start_trimmer
from infra.local.turns import Turns
from infra.local.watchdog import Watchdog, is_answering
from infra.local.workers import Workers
from infra.local.world import build
from infra.local.wsgi import Environ, StartResponse, wsgi

_THREADS = 1_024
"""Requests whose body is being read. A thread is made when it is needed, and ends when it is not:
see connections.py for how long a body may take."""
_CONNECTIONS = 4_096
_READS, _WRITES, _TURN_S = 8, 16, 10.0
"""Requests that are worked on at once, and how long one waits for its turn."""
_PAUSE_S, _PATIENCE_S = 0.02, 60.0
_WATCH_S = 0.2
_GARBAGE = 20_000
"""New objects between two collections: requests leave no cycles behind, so looking more often finds
nothing."""
_KILL_S = 2
"""How long requests may take to end when the server is asked to stop."""


class Occupied(RuntimeError):
    """Another process serves this folder, or listens on this port."""


@contextmanager
def sole_user(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel lets go of it when the process ends, however it ends.
    Raises Occupied."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise Occupied(f"another meterlake serves {folder}") from error
    try:
        yield
    finally:
        os.close(descriptor)


def serve(folder: Path, world: World, host: str, port: int, started: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `started` gets the URL once requests are answered. `port`
    is free (see find_port).

    Granian parses HTTP outside the interpreter lock: of the servers that were measured it leaves
    most of the interpreter to the requests (48 µs of CPU a request; waitress 250, cheroot 390).
    """
    _quiet_logging()
    # Forking would copy open databases and running threads; a fresh interpreter has neither.
    multiprocessing.set_start_method("spawn", force=True)
    server = MPServer(
        "meterlake",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        blocking_threads=_THREADS,
        backpressure=_CONNECTIONS,
        respawn_failed_workers=True,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=_KILL_S,
    )
    sweep(folder)
    start_trimmer()
    watchdog = Watchdog(host, port, lambda: [worker.inner.pid for worker in server.wrks])

    def announce() -> None:
        if _await_answer(host, port):
            watchdog.start()
            started(f"http://{host}:{port}")

    server.on_startup(threading.Thread(target=announce, name="announce", daemon=True).start)
    try:
        with Workers(world):
            loader = partial(_application, folder, os.getpid(), port)
            server.serve(target_loader=loader, wrap_loader=False)
    finally:
        watchdog.stop()


def leave() -> NoReturn:
    """End the process at once and well. Threads of upkeep that were broken off may be within DuckDB
    or Arrow, which abort when the interpreter goes away under them; what they did is done again."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _application(
    folder: Path, parent: int, port: int
) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """The WSGI application, in the child."""
    os.environ[LOG] = str(folder / "access.log")
    _allow_many_files()
    _quiet_logging()
    # Last of all: DuckDB complains at length of what the interpreter leaves when it ends.
    atexit.register(os._exit, 0)
    threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    start_reaper(port)
    start_trimmer()
    world = build(folder, serving=True)
    # What is loaded by now stays: the collector need not walk through it at every few hundred
    # requests.
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    turns = Turns(_READS, _WRITES, _TURN_S)
    return wsgi(Seam(world).dispatcher(routers()), world.settings.body_limit_bytes, turns)


def _quiet_logging() -> None:
    """A log that cannot be written, on a full disk say, is no news to the terminal, once a line."""
    logging.raiseExceptions = False


def _allow_many_files() -> None:
    """As many descriptors as the system lets a process have: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _end_with(parent: int) -> None:
    """End this process when its parent is gone: after a kill -9 nobody else would. What it
    acknowledged is durable."""
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os.kill(os.getpid(), signal.SIGKILL)


def find_port(host: str, port: int) -> int:
    """The port itself, or a free one for 0. Raises Occupied. Granian shares ports, so two servers
    on one would both start."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Occupied(f"cannot listen on {host}:{port}: {error.strerror}") from error
        return int(probe.getsockname()[1])


def _await_answer(host: str, port: int) -> bool:
    """Wait until requests are answered; False, and a line in the log, when that takes too long."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        if is_answering(host, port):
            return True
        time.sleep(_PAUSE_S)
    logger().error(f"the server did not answer within {_PATIENCE_S:g} s of its start")
    return False
