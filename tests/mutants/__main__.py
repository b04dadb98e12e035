"""`make mutate`: put each fault into a copy of the project and see the nearest tests fail.

Arguments are words; a mutant runs when its file, subject or reason holds one of them. Exits 1 when
a mutant survives.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.mutants import ROOT, Mutant, read_mutants

_COPIED = (
    *("chalicelib", "functions", "infra", "meterlake_guard", "tests"),
    *("app.py", "pyproject.toml", ".chalice"),
)
_TIMEOUT_S = 60
"""Tests that take longer hang, and so have noticed the fault."""
_FAILED_TESTS = 1
"""pytest's exit status when tests ran and some failed; any other means that they did not run."""


def main(words: list[str]) -> int:
    """Run the mutants that are asked for; how many survived decides the exit status."""
    chosen = [mutant for mutant in read_mutants() if is_asked_for(mutant, words)]
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        copy_project(copy)
        for at, mutant in enumerate(chosen, start=1):
            dead = run(copy, mutant)
            verdict = "dead" if dead else "SURVIVES"
            print(f"{at}/{len(chosen)} {verdict} {mutant.file}: {mutant.why}", flush=True)
            if not dead:
                survivors.append(mutant)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants are noticed")
    return int(bool(survivors))


def is_asked_for(mutant: Mutant, words: list[str]) -> bool:
    """Whether one of the words stands in what is said of the mutant; all are, without words."""
    text = f"{mutant.subject} {mutant.file} {mutant.why}"
    return not words or any(word in text for word in words)


def copy_project(folder: Path) -> None:
    """What the tests need, so that the project itself is never touched."""
    ignore = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy2(source, folder / name)


def run(folder: Path, mutant: Mutant) -> bool:
    """Whether a test fails with the fault in place. Raises RuntimeError when the tests cannot
    run."""
    text = mutant.apply(folder)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *mutant.tests],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        (folder / mutant.file).write_text(text)
    if done.returncode not in (0, _FAILED_TESTS):
        raise RuntimeError(f"{mutant.file}: the tests did not run\n{done.stdout[-2000:]}")
    return done.returncode == _FAILED_TESTS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
