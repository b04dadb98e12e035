"""Families: which models are versions of one another, by their names.

The words of a name are the family, its numbers the version: claude-haiku-4-5 and claude-3-haiku are
versions 4.5 and 3 of {claude, haiku}. Dates, sizes (70b, 16k: words) and what only says how far a
model is (preview, latest) make no version. Names of the vendors' own lists, so that
gpt-4o is version 4 of {gpt}, and o3 version 3 of {o}.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_DATE = re.compile(r"(?<![0-9])(20[0-9]{2}-?[0-1][0-9]-?[0-3][0-9]|[0-1][0-9][0-3][0-9])(?![0-9])")
_PARTS = re.compile(r"[a-z]+[0-9]+[a-z]*|[0-9]+[a-z]+|[a-z]+|[0-9]+")
_O = re.compile(r"([0-9])o")
_NUMBERED = re.compile(r"([a-z])([0-9])")
_STAGES = frozenset(("latest", "preview", "exp", "experimental", "beta", "v", "v1"))


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's name, read. `is_stable` is false of what may go away at any time."""

    family: frozenset[str]
    version: tuple[int, ...]
    is_stable: bool


@lru_cache(4_096)
def read_name(model: str) -> ModelName:
    """The family and version that a name tells."""
    text = _DATE.sub("", model.lower().rpartition("/")[2])
    words: set[str] = set()
    version: list[int] = []
    stages = 0
    for part in _PARTS.findall(text):
        numbered, mixed = _NUMBERED.fullmatch(part), _O.fullmatch(part)
        if part in _STAGES:
            stages += part != "latest"
        elif part.isdigit():
            version.append(int(part))
        elif mixed:
            version.append(int(mixed[1]))
        elif numbered:
            words.add(numbered[1])
            version.append(int(numbered[2]))
        else:
            words.add(part)
    return ModelName(frozenset(words), tuple(version), not stages)


def succeeds(later: str, earlier: str) -> bool:
    """Whether a model is a later version of another one, and to stay."""
    new, old = read_name(later), read_name(earlier)
    is_newer = new.family == old.family and new.version > old.version
    return is_newer and bool(old.version) and new.is_stable
