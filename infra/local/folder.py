"""The data folder: nobody else on this machine may look into it."""

import os
from pathlib import Path

_OWNER_ONLY = 0o700
_MASK = 0o077
"""Of what this process makes from now on: files 0600, folders 0700."""


def keep_private(folder: Path) -> None:
    """Make the folder when it is not there, and shut others out of it and of all files that this
    process will make. Older files are out of reach behind the folder itself."""
    os.umask(_MASK)
    folder.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
    if folder.stat().st_mode & _MASK:
        folder.chmod(_OWNER_ONLY)
