"""The console's own tests, types and style, by Deno; and the build's small parts."""

import os
import subprocess
from pathlib import Path

import pytest

from infra.console import build
from infra.console.build import SOURCE, Unbuildable, find_deno, flatten


def deno(*arguments: str) -> None:
    """Run it on the source; fail with what it says."""
    try:
        command = [find_deno(), *arguments]
    except Unbuildable as reason:
        pytest.skip(str(reason))
    if not (SOURCE / "node_modules").is_dir():
        pytest.skip("the packages of the console are not installed: `make console`")
    words = {**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8", "NO_COLOR": "1"}
    done = subprocess.run(
        command, cwd=SOURCE, capture_output=True, text=True, check=False, env=words
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_units() -> None:
    deno("test", "--quiet", "--allow-env", "test/")


def test_its_style() -> None:
    deno("fmt", "--check", "--quiet")
    deno("lint", "--quiet")


def test_without_deno_one_sentence_is_said_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(build.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.main() == 0
    told = capsys.readouterr().err
    assert told.startswith("The console was not built: there is no Deno here")
    assert len(told.splitlines()) == 1


def test_without_the_registry_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fake = tmp_path / "deno"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(build.sys, "executable", str(tmp_path / "python"))
    assert build.main() == 0
    assert "is npm there?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('import"./_.._/_.._/src/pages/x-AB.js"', 'import"./x-AB.js"'),
        ("import('../../x-AB.js')", "import('./x-AB.js')"),
        ('"./other.js"', '"./other.js"'),
        ("./x-AB.js", "./x-AB.js"),
    ],
)
def test_parts_are_found_side_by_side(before: str, after: str) -> None:
    assert flatten(before, ["x-AB.js", "index.css"]) == after
