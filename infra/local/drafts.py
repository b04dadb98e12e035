"""Drafts: files that are written beside their place and then moved into it, and those of them that
a killed process has left behind."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

_ENDING = ".writing"
_OLD_ENDINGS = (_ENDING, ".draft")
_LONGEST_S = 3_600
"""No write takes so long: an older draft is left over, even if its process id is in use again."""


@contextmanager
def draft_beside(target: Path, data: bytes) -> Iterator[Path]:
    """The data in a durable draft, to be moved to `target` or linked there; it is gone afterwards,
    whatever was done."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{os.getpid()}-{uuid4().hex}{_ENDING}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def is_draft(name: str) -> bool:
    """Whether a file is none that anybody has finished."""
    return name.endswith(_OLD_ENDINGS)


def sweep(folder: Path) -> int:
    """Remove the drafts below a folder whose process is gone; how many there were."""
    swept = 0
    for draft in folder.rglob("*"):
        if is_draft(draft.name) and not _is_being_written(draft):
            draft.unlink(missing_ok=True)
            swept += 1
    return swept


def _is_being_written(draft: Path) -> bool:
    try:
        age_s = time.time() - draft.stat().st_mtime
    except FileNotFoundError:
        return False
    writer = draft.name.removeprefix(".").partition("-")[0]
    return age_s < _LONGEST_S and writer.isdigit() and _is_alive(int(writer))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
