"""The local server: the deployed doors behind waitress, over one data folder."""

import fcntl
import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from waitress.server import create_server

from chalicelib.ports.world import World
from functions.seam import Seam
from functions.table import MODULES
from infra.local.workers import Workers
from infra.local.wsgi import wsgi

_THREADS = 16
_MOST_WAITRESS_READS = 64 * 1024 * 1024
"""Bodies between our limit and this one get our 413; larger ones are cut off by waitress."""


class Occupied(RuntimeError):
    """Another process serves this folder."""


@contextmanager
def sole_user(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel lets go of it when the process ends, however it ends. Raises Occupied."""
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


def serve(world: World, host: str, port: int, started: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `started` gets the URL once the port is open; port 0 takes a free one."""
    application = wsgi(Seam(world).dispatcher(MODULES), world.settings.body_limit_bytes)
    # Waitress warns each time a request waits for a thread, which under load is always.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(
        application,
        host=host,
        port=port,
        threads=_THREADS,
        ident="meterlake",
        max_request_body_size=_MOST_WAITRESS_READS,
        channel_request_lookahead=1,
        clear_untrusted_proxy_headers=True,
    )
    signal.signal(signal.SIGTERM, _interrupt)
    with Workers(world):
        started(f"http://{host}:{server.effective_port}")
        server.run()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
