"""Files that end before their end, and files that go on behind it: nothing of them is lost, and
nothing is left out in silence."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.metering.bulk import KINDS
from infra.cli.main import main
from infra.imports import text as texts
from infra.imports.opening import open_file
from infra.installation import installation
from infra.local.world import build
from tests.support.bodies import completion

CALLS = [completion(number) for number in range(40)]


def dump(calls: list[dict[str, Any]], **options: Any) -> bytes:
    return json.dumps(calls, **options).encode()


def numbers(path: Path, content: bytes) -> tuple[list[str], str]:
    """The ids that are read of a file, and why reading stopped."""
    path.write_bytes(content)
    with open_file(path, None, KINDS["completion"]) as opened:
        found = [record.transaction_id() for record in opened.records]
        return found, opened.ending.fault


TWO, THREE, FOUR = CALLS[:2], CALLS[2:3], CALLS[3:4]
APPENDED = {
    "a line each": dump(TWO) + b"\n" + dump(THREE) + b"\n" + dump(FOUR) + b"\n",
    "without a line end": dump(TWO) + dump(THREE) + dump(FOUR),
    "over lines": dump(TWO, indent=1) + b"\n" + dump(THREE, indent=1) + dump(FOUR, indent=1),
    "an empty one between": dump(TWO) + b"[]" + dump(THREE) + b"[ ]\n\n" + dump(FOUR),
    "with byte order marks": b"\xef\xbb\xbf"
    + b"\n\xef\xbb\xbf".join(map(dump, (TWO, THREE, FOUR))),
    "records behind it": dump(TWO) + b"\n" + dump(THREE)[1:-1] + b"\n" + dump(FOUR)[1:-1],
}


@pytest.mark.parametrize("content", APPENDED.values(), ids=APPENDED)
@pytest.mark.parametrize("piece", [64, 1 << 20], ids=["in small pieces", "at once"])
def test_arrays_that_were_put_behind_one_another_are_read_whole(
    tmp_path: Path, content: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "_PIECE", piece)
    found, fault = numbers(tmp_path / "file.json", content)
    assert (found, fault) == ([call["transactionId"] for call in CALLS[:4]], "")


def test_documents_that_were_put_behind_one_another_are_read_whole(tmp_path: Path) -> None:
    documents = [json.dumps(call, indent=2) for call in CALLS[:3]]
    found, fault = numbers(tmp_path / "file.json", "\n".join(documents).encode() + b"\n{ oops")
    assert (found, fault) == ([*(call["transactionId"] for call in CALLS[:3]), ""], "")


BEHIND = {"words": b" and more", "a number": b"1", "a comma": b",", "half an array": b'[{"a'}


@pytest.mark.parametrize("rest", BEHIND.values(), ids=BEHIND)
def test_what_stands_behind_an_array_is_never_passed_over(tmp_path: Path, rest: bytes) -> None:
    found, fault = numbers(tmp_path / "file.json", dump(TWO) + rest)
    assert len(found) == 2
    assert "behind its item 2; what stands before was read, up to record 2" in fault


def run(folder: Path, name: str, content: bytes) -> Result:
    (folder / name).write_bytes(content)
    words = ["import", str(folder / name), "--data", str(folder / "data")]
    return CliRunner().invoke(main, words, catch_exceptions=False)


def test_a_cut_array_keeps_what_was_read_and_tells_where_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is not a whole batch; and the whole file, read later, adds the rest alone."""
    installation(build(tmp_path / "data"))
    monkeypatch.setattr("chalicelib.metering.bulk.AT_ONCE", 25)
    cut = run(tmp_path, "calls.json", dump(CALLS)[:-30])
    assert cut.exit_code == 1
    assert "39 records: 39 added, 0 changed, 0 as they were, 0 rejected" in cut.output
    assert "cannot be read behind its item 39; what stands before was read" in cut.output
    assert "1 added, 0 changed, 39 as they were" in run(tmp_path, "calls.json", dump(CALLS)).output
    few = run(tmp_path, "few.json", dump(CALLS[:3])[:-30])
    assert (few.exit_code, "2 records: 0 added, 0 changed, 2 as" in few.output) == (1, True)


def test_a_cut_gzip_keeps_what_was_read_and_tells_where_it_ends(tmp_path: Path) -> None:
    installation(build(tmp_path / "data"))
    noise = random.Random(7)
    lines = [json.dumps(call | {"note": str(noise.random())}) for call in CALLS]
    zipped = gzip.compress("\n".join(lines).encode())
    cut = run(tmp_path, "calls.jsonl.gz", zipped[: len(zipped) // 2])
    assert cut.exit_code == 1
    number = int(cut.output.split(" record")[0].split()[-1])
    assert 0 < number < 40
    assert f"{number} records: {number} added" in cut.output
    assert "the gzip file is damaged: Compressed file ended before" in cut.output
    assert f"up to record {number}" in cut.output


def test_a_cut_file_with_bad_records_tells_of_both(tmp_path: Path) -> None:
    installation(build(tmp_path / "data"))
    bad = CALLS[0] | {"inputTokenCount": -1}
    cut = run(tmp_path, "calls.json", dump([bad, *TWO])[:-1])
    assert "3 records: 2 added, 0 changed, 0 as they were, 1 rejected" in cut.output
    assert "up to record 3; the rejected ones are in" in cut.output
