"""Builds the console: `python -m infra.console.build`, from TypeScript to the files that
functions/console.py serves.

Deno comes from PyPI and is compiler, type checker, bundler and npm client in one file. It needs
the npm registry once; without it, or without Deno, nothing is built and nothing else breaks.
"""

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.cli.terminal import echo

SOURCE = Path(__file__).parent
ROOT = SOURCE.parents[1]
TARGET = ROOT / "chalicelib" / "console"
_TYPES = "src/api/schema.d.ts"
_MOST_S = 300
_TYPED = ("src/main.tsx", "test/")
_GENERATE = (
    "node_modules/openapi-typescript/bin/cli.js",
    *("../../chalicelib/openapi.json", "-o", _TYPES, "--default-non-nullable=false"),
)
"""A member with a default may be missing in what is sent."""


class Unbuildable(RuntimeError):
    """This machine cannot build the console; the text says why."""


def find_deno() -> Path:
    """The Deno of this environment. Raises Unbuildable."""
    beside = Path(sys.executable).with_name("deno")
    found = beside if beside.exists() else shutil.which("deno")
    if not found:
        raise Unbuildable(
            "there is no Deno here: install the extra `console` (PyPI has no Deno for musl)"
        )
    return Path(found)


def build() -> list[Path]:
    """Check the types, bundle, and put the files where they are served from; those files.

    Raises Unbuildable without Deno or its packages, CalledProcessError when the source is wrong.
    """
    deno = find_deno()
    try:
        _run(deno, ["install", "--frozen", "--quiet"])
    except subprocess.CalledProcessError as error:
        raise Unbuildable("Deno did not get the packages of the console: is npm there?") from error
    if _is_older(SOURCE / _TYPES, ROOT / "chalicelib" / "openapi.json"):
        _run(deno, ["run", "-A", *_GENERATE])
    _run(deno, ["check", "--quiet", *_TYPED])
    with tempfile.TemporaryDirectory(dir=SOURCE, prefix=".bundle-") as folder:
        options = ("--quiet", "--minify", "--code-splitting", "--platform", "browser")
        _run(deno, ["bundle", *options, "--outdir", folder, "index.html"])
        return _place(Path(folder))


def _run(deno: Path, arguments: Sequence[str]) -> None:
    quiet = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    command: list[str | Path] = [deno, *arguments]
    subprocess.run(command, cwd=SOURCE, check=True, timeout=_MOST_S, env=quiet)  # noqa: S603 - ours


def _is_older(made: Path, of: Path) -> bool:
    return not made.exists() or made.stat().st_mtime < of.stat().st_mtime


def _place(folder: Path) -> list[Path]:
    """All files of the bundle side by side in TARGET, each with its gzip twin.

    The bundler puts parts that are loaded later into folders of its own making; side by side, what
    is served is a list of names and a path cannot lead anywhere else.
    """
    files = [path for path in folder.rglob("*") if path.is_file()]
    beside = TARGET.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    for path in files:
        body = flatten(path.read_text(encoding="utf-8"), [file.name for file in files]).encode()
        (beside / path.name).write_bytes(body)
        (beside / f"{path.name}.gz").write_bytes(gzip.compress(body, 9, mtime=0))
    shutil.rmtree(TARGET, ignore_errors=True)
    beside.rename(TARGET)
    return sorted(TARGET.iterdir())


def flatten(text: str, names: Sequence[str]) -> str:
    """The text, with every quoted path that ends in one of the names led to the file beside it."""
    known = "|".join(map(re.escape, names))
    return re.sub(rf"""(["'])\.{{1,2}}/(?:[\w.]+/)*({known})\1""", r"\1./\2\1", text)


def main() -> int:
    """Build, and say what came of it."""
    try:
        files = build()
    except Unbuildable as error:
        echo(f"The console was not built: {error}", err=True)
        return 0
    except subprocess.CalledProcessError as error:
        echo(f"The console was not built: {error}", err=True)
        return 1
    packed = sum(path.stat().st_size for path in files if path.suffix == ".gz")
    echo(f"Built the console: {packed:,} bytes packed, in {len(files) // 2} parts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
