"""The lists of mutants: which text of which file is replaced by what, and which tests must fail.

A list is a TOML file beside this one: `[[mutant]]` with `file`, `old` (a text that stands in the
file just once), `new`, `tests` (paths or node ids for pytest) and `why`.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

LISTS = Path(__file__).parent
ROOT = LISTS.parents[1]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault. `file` is relative to the project."""

    subject: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    why: str

    def apply(self, root: Path) -> str:
        """Put the fault into the file below `root`; the text that it held. Raises ValueError when
        the place is not found just once."""
        path = root / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} holds {text.count(self.old)} times: {self.old!r}")
        path.write_text(text.replace(self.old, self.new))
        return text


def read_mutants() -> list[Mutant]:
    """All mutants of all lists, in order."""
    found = []
    for path in sorted(LISTS.glob("*.toml")):
        for entry in tomllib.loads(path.read_text())["mutant"]:
            tests = entry["tests"]
            places = (tests,) if isinstance(tests, str) else tuple(tests)
            found.append(Mutant(path.stem, **{**entry, "tests": places}))
    return found
