"""What people type wrong, and what is wrong with their folders: one sentence each, no traceback."""

import os
import socket
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib.identity import key_service
from chalicelib.identity.keys import KeyKind
from chalicelib.ports.lake import NotInLake
from infra.cli.main import main
from infra.cli.terminal import escape
from infra.installation import installation
from infra.local import feeder
from infra.local.world import build
from tests.support.server import COMMAND


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    installation(build(folder))
    return folder


def meterlake(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def assert_refused(answer: Result, told: str) -> None:
    assert answer.exit_code in (1, 2), answer.output
    assert isinstance(answer.exception, SystemExit), "a traceback"
    assert told in answer.output


@pytest.mark.parametrize("team", ["nobody", "../../zz", ""])
def test_an_import_for_a_team_that_is_not_there_is_refused(
    data: Path, tmp_path: Path, team: str
) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text("{}")
    answer = meterlake("import", file, "--data", data, "--team", team, "--tenant", "nobody")
    assert_refused(answer, "there is no tenant 'nobody'")
    if team:
        assert_refused(meterlake("import", file, "--data", data, "--team", team), "has no team")
    assert not (tmp_path / "zz").exists()
    assert not list(data.glob("lake/**/*.parquet"))


@pytest.mark.parametrize(
    "words",
    [
        ("re-rate", "--from", "2026-01-01"),
        ("erase", "subscriber", "ida", "--yes"),
        ("export", "--from", "2026-01-01", "--to", "2026-01-02"),
        ("invoices", "pay", "INV-1", "1", "--reference", "r"),
        ("merge", "product", "a", "b", "--yes"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_knows_the_teams_that_there_are(data: Path, words: tuple[str, ...]) -> None:
    answer = meterlake(*words, "--data", data, "--team", "nobody")
    assert answer.exit_code in (1, 2)
    assert isinstance(answer.exception, SystemExit), answer.exception
    assert "nobody" in answer.output


def test_a_prefix_of_two_keys_revokes_none(data: Path) -> None:
    world = build(data)
    first = installation(world)
    keys = list(key_service.list_keys(world, first.tenant))
    while True:
        starts = [key.key_id[0] for key in keys]
        twice = [start for start in starts if starts.count(start) > 1]
        if twice:
            break
        meterlake("keys", "create", "--data", data)
        keys = list(key_service.list_keys(build(data), first.tenant))
    assert_refused(meterlake("keys", "revoke", "--data", data, twice[0]), "write more of it")
    assert not any(key.revoked_at for key in key_service.list_keys(build(data), first.tenant))
    assert meterlake("keys", "revoke", "--data", data, keys[0].key_id).exit_code == 0


def test_a_taken_port_costs_no_keys(tmp_path: Path) -> None:
    """They are shown once: a first start that fails must not have made them."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [COMMAND, "up", "--data", tmp_path / "new", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "cannot listen" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr
    assert installation(build(tmp_path / "new")).write_key


@pytest.mark.parametrize("content", [b"", b"short", None], ids=["empty", "cut", "lost"])
def test_a_key_file_that_is_not_what_it_was_is_not_replaced(
    data: Path, content: bytes | None
) -> None:
    key = data / "key"
    if content is None:
        key.unlink()
    else:
        key.write_bytes(content)
    assert_refused(meterlake("keys", "list", "--data", data), str(key))
    assert key.exists() is (content is not None)


def test_a_ledger_that_is_none_is_told(data: Path) -> None:
    (data / "ledger.sqlite").write_bytes(b"this is no database, only text" * 100)
    for path in data.glob("ledger.sqlite-*"):
        path.unlink()
    assert_refused(meterlake("doctor", "--data", data), "cannot be used")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_rights_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert_refused(meterlake("keys", "list", "--data", tmp_path / "new"), "Permission denied")


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    answer = meterlake("keys", "list", "--data", tmp_path / "file" / "data")
    assert_refused(answer, "is no data folder")
    answer = meterlake("up", "--port", "0", "--data", tmp_path / "file" / "data")
    assert_refused(answer, "Not a directory")


@pytest.mark.parametrize("words", [("forecast",), ("doctor",), ("keys", "create"), ("advise",)])
def test_a_folder_that_was_never_served_is_not_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    """The first start shows its keys this once: whoever made them before would lose them."""
    folder = tmp_path / "data"
    assert_refused(meterlake(*words, "--data", folder), "is no data folder")
    assert not folder.exists()
    build(folder)
    if words != ("doctor",):
        assert_refused(meterlake(*words, "--data", folder), "nobody is set up here")
    assert installation(build(folder)).write_key


def test_a_lake_that_is_being_rewritten_is_told(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rewritten(*_: object) -> None:
        raise NotInLake("ai_events/day=2026-11-25/clean.parquet")

    monkeypatch.setattr(feeder, "drain", rewritten)
    assert_refused(meterlake("advise", "--data", data), "the lake is being rewritten: try again")


def test_the_doctor_tells_of_work_that_fails(data: Path) -> None:
    build(data).vitals.note("upkeep", "OSError: no room")
    assert (
        "upkeep has failed and is tried again: OSError: no room"
        in meterlake("doctor", "--data", data).output
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("a\rb\tc", "a\\rb\\tc"),
    ],
)
def test_a_terminal_obeys_no_name(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_names_of_keys_are_shown_escaped(data: Path) -> None:
    world = build(data)
    found = installation(world)
    key_service.create_key(world, found.tenant, found.team, "\x1b[2Jboo", KeyKind.READ)
    assert "\\x1b[2Jboo" in meterlake("keys", "list", "--data", data).output


@pytest.mark.parametrize("name", ["", "two\nlines", "\x1b[2J", "\u202e", "x" * 256])
def test_names_are_of_one_line(data: Path, name: str) -> None:
    told = "none of them a control character"
    assert_refused(meterlake("keys", "create", "--data", data, "--name", name), told)
    words = ("invoices", "pay", "INV-1", "1", "--reference", name)
    assert_refused(meterlake(*words, "--data", data), told)
