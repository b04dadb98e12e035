"""Memory that is free, given back to the system.

The C library keeps what was freed for later, by thread: after an hour of reports a process holds
several times what it uses. Where the library is another one than glibc this does nothing.
"""

import ctypes
import threading

_PAUSE_S = 10.0


def start_trimmer() -> None:
    """Give free memory back every ten seconds, from a thread, for as long as this process lives."""
    if hasattr(ctypes.CDLL(None), "malloc_trim"):
        threading.Thread(target=_trim_for_ever, name="trimmer", daemon=True).start()


def trim() -> None:
    """Give back what is free. Other threads go on meanwhile: the call leaves the interpreter."""
    ctypes.CDLL(None).malloc_trim(0)


def _trim_for_ever() -> None:
    pause = threading.Event()
    while not pause.wait(_PAUSE_S):
        trim()
