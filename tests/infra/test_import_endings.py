"""Files that end before their end, and files that go on behind it: nothing of them is lost, and
nothing is left out in silence."""

import csv
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from click import ClickException
from click.testing import CliRunner, Result

from chalicelib.kit.clock import DAY, day_of, now_ms
from chalicelib.lake.limits import set_limit
from chalicelib.metering.bulk import KINDS
from chalicelib.metering.schemas import AiCompletionIngest
from infra.cli.main import main
from infra.imports import text as texts
from infra.imports.opening import open_file
from infra.installation import installation
from infra.local.world import build
from tests.infra.exports import SPEND_LOG, answer
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


HEADER = list(CALLS[0])


def table(*rows: list[object]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def test_rows_of_another_width_than_the_header_are_refused_by_their_number(tmp_path: Path) -> None:
    installation(build(tmp_path / "data"))
    rows: list[list[object]] = [list(call.values()) for call in CALLS[:4]]
    content = table(HEADER, rows[0], [*rows[1], "more"], rows[2][:-1], [""] * len(HEADER), rows[3])
    done = run(tmp_path, "calls.csv", content)
    assert done.exit_code == 1
    assert "4 records: 2 added, 0 changed, 0 as they were, 2 rejected" in done.output
    lines = (tmp_path / "calls.csv.rejects.jsonl").read_text().splitlines()
    told = [(json.loads(line)["line"], json.loads(line)["errors"][0]["message"]) for line in lines]
    width = len(HEADER)
    assert told == [
        (3, f"the row has {width + 1} cells, the header {width}"),
        (4, f"the row has {width - 1} cells, the header {width}"),
    ]


def test_a_cut_csv_of_another_product_loses_no_row_in_silence(tmp_path: Path) -> None:
    installation(build(tmp_path / "data"))
    logs = [SPEND_LOG | {"request_id": f"id-{number}"} for number in range(3)]
    rows: list[list[object]] = [
        [json.dumps(cell) if isinstance(cell, dict) else cell for cell in log.values()]
        for log in logs
    ]
    content = table(list(SPEND_LOG), *rows)
    cut = run(tmp_path, "calls.csv", content[:-12])
    assert cut.exit_code == 1
    assert "3 records: 2 added, 0 changed, 0 as they were, 1 rejected" in cut.output


def test_a_cut_line_of_another_product_is_rejected_by_its_number(tmp_path: Path) -> None:
    """What is JSON, and no object, is no line that was cut."""
    installation(build(tmp_path / "data"))
    cut = run(tmp_path, "calls.jsonl", json.dumps(SPEND_LOG).encode() + b'\n[1]\n{"request_id": "x')
    assert cut.exit_code == 1
    assert "2 records: 1 added, 0 changed, 0 as they were, 1 rejected" in cut.output
    assert "1 lines that are no JSON object" in cut.output
    (line,) = (tmp_path / "calls.jsonl.rejects.jsonl").read_text().splitlines()
    assert json.loads(line)["line"] == 3


def test_cells_as_other_programs_write_them(tmp_path: Path) -> None:
    """Whole numbers with a fraction of zeros, flags as numbers and words."""
    flags = {"0": False, "1": True, "yes": True, "No": False, "1.0": True, "FALSE": False}
    rows: list[list[object]] = [
        [*(f"{cell}.0" if type(cell) is int else cell for cell in call.values())]
        for call in CALLS[: len(flags)]
    ]
    for row, flag in zip(rows, flags, strict=True):
        row[HEADER.index("isStreamed")] = flag
    (tmp_path / "calls.csv").write_bytes(table(HEADER, *rows))
    with open_file(tmp_path / "calls.csv", None, KINDS["completion"]) as opened:
        bodies = [AiCompletionIngest.model_validate(each.content) for each in opened.records]
    assert [body.isStreamed for body in bodies] == list(flags.values())
    assert {body.inputTokenCount for body in bodies} == {1_000}


@pytest.mark.parametrize("cell", ["1000.5", "1e3", "-", "", "ten", "1000.0.0", "٣.٥"])
def test_cells_that_are_no_whole_number_are_left_for_the_model_to_refuse(
    tmp_path: Path, cell: str
) -> None:
    row = list((CALLS[0] | {"inputTokenCount": cell}).values())
    (tmp_path / "calls.csv").write_bytes(table(HEADER, row))
    with open_file(tmp_path / "calls.csv", None, KINDS["completion"]) as opened:
        (record,) = opened.records
    assert isinstance(record.content, dict)
    assert record.content.get("inputTokenCount", "") == cell


def test_a_file_is_recognised_by_a_line_far_behind_its_first(tmp_path: Path) -> None:
    waiting = {"type": "queue-operation", "sessionId": "s", "operation": "enqueue"}
    unknown = {"type": "of-a-version-to-come", "sessionId": "s"}
    lines = [*[waiting] * 25, *[unknown] * 400, answer(5, "end_turn")]
    (tmp_path / "session.jsonl").write_bytes(b"\n".join(json.dumps(x).encode() for x in lines))
    with open_file(tmp_path / "session.jsonl", None, KINDS["completion"]) as opened:
        assert len(list(opened.records)) == 1
        assert opened.product == "a transcript of Claude Code"


def test_a_report_is_recognised_by_its_columns_also_where_they_are_empty(tmp_path: Path) -> None:
    costs = b"start_time,end_time,amount_value,amount_currency,line_item\n1,2,0.5,usd,\n"
    (tmp_path / "costs.csv").write_bytes(costs)
    with (
        pytest.raises(ClickException, match="this file is a cost report of OpenAI; it holds sums"),
        open_file(tmp_path / "costs.csv", None, KINDS["completion"]),
    ):
        pass


def test_records_of_a_day_that_retention_has_emptied_are_told(tmp_path: Path) -> None:
    world = build(tmp_path / "data")
    set_limit(world.documents, installation(world).team, day_of(now_ms() - 10 * DAY))
    old, new = completion(1, now_ms() - 11 * DAY), completion(2, now_ms() - 9 * DAY)
    done = run(tmp_path, "calls.jsonl", b"\n".join(json.dumps(x).encode() for x in (old, new)))
    assert (done.exit_code, "2 records: 2 added" in done.output) == (0, True)
    assert "1 of them lie on days that retention has emptied: they are in no report" in done.output
    assert "retention" not in run(tmp_path, "new.jsonl", json.dumps(new).encode()).output
