"""Connections that wait on a client who neither goes on nor goes away: closed after a time.

Granian limits how long the head of a request may take and nothing else: a body that never ends
holds a thread for ever. The kernel knows when each connection has last carried anything, so that a
look at it every second needs no book of our own. Where it does not tell (outside of Linux) nothing
is closed, and only the number of threads limits how many bodies can be left unfinished.
"""

import os
import socket
import stat
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

_SILENT_MS = 30_000
"""How long neither side may say anything: an idle connection, a body that has stopped, or a head
that has. Longer than a report may run (settings.query_timeout_s)."""
_UNANSWERED_MS = 90_000
"""How long a request may take from the last answer, body included, however slowly it drips: the
silence before it, its body and a report's time, with a margin."""
_LOOK_S = 1.0
_TCP_INFO_BYTES = 60
_LAST_SENT_AT, _LAST_RECEIVED_AT = 44, 52
"""Where `tcpi_last_data_sent` and `tcpi_last_data_recv` stand in the kernel's `struct tcp_info`:
both are u32 of milliseconds, and count from the connection's begin until there was any."""


class Silence(NamedTuple):
    """Milliseconds since we have last sent anything over a connection, and received anything."""

    sent_ms: int
    received_ms: int

    @property
    def is_over_limit(self) -> bool:
        """Whether the connection has waited long enough."""
        silent = min(self.sent_ms, self.received_ms) > _SILENT_MS
        return silent or self.sent_ms > _UNANSWERED_MS


def start_reaper(port: int) -> None:
    """Close overdue connections to a port of this process, from a thread, for as long as it
    lives."""
    if hasattr(socket, "TCP_INFO"):
        threading.Thread(target=_reap_for_ever, args=(port,), name="reaper", daemon=True).start()


def _reap_for_ever(port: int) -> None:
    pause = threading.Event()
    while not pause.wait(_LOOK_S):
        close_overdue(port)


def close_overdue(port: int) -> int:
    """Close the connections to the port that are over a limit; how many that were."""
    closed = 0
    for connection in _connections(port):
        with connection, suppress(OSError):
            if _silence(connection).is_over_limit:
                # The descriptor is a copy: only a shutdown reaches the connection itself, and lets
                # whoever reads from it find its end.
                connection.shutdown(socket.SHUT_RDWR)
                closed += 1
    return closed


def _connections(port: int) -> Iterator[socket.socket]:
    """A copy of each connection that this process has accepted at the port."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            copy = socket.socket(fileno=os.dup(descriptor))
            if _is_accepted(copy, port):
                yield copy
            else:
                copy.close()


def _is_accepted(copy: socket.socket, port: int) -> bool:
    try:
        copy.getpeername()
        name = copy.getsockname()
    except OSError:
        return False
    return isinstance(name, tuple) and name[1] == port


def _silence(connection: socket.socket) -> Silence:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    (sent,) = struct.unpack_from("I", info, _LAST_SENT_AT)
    (received,) = struct.unpack_from("I", info, _LAST_RECEIVED_AT)
    return Silence(sent, received)
