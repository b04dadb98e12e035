"""Runs a script in a process that can talk to this machine alone; what it reached for beyond ends
the process."""

import os
import runpy
import sys
from typing import Any

_HERE = {"127.0.0.1", "::1", "localhost", "", None}
REFUSED = 97
"""The exit code of a script that tried to leave the machine; nothing else in it can swallow
that."""


def _guard(event: str, details: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = details[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(details[1], tuple):
        host = details[1][0]
    else:
        return
    if (host.decode() if isinstance(host, bytes) else host) not in _HERE:
        os.write(2, f"{event}: {host}\n".encode())
        os._exit(REFUSED)


if __name__ == "__main__":
    sys.addaudithook(_guard)
    sys.path[0] = os.path.dirname(sys.argv[1])
    runpy.run_path(sys.argv[1], run_name="__main__")
