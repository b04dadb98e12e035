"""Records that no program should write: one of them is rejected, or mended as over REST, and costs
no other one of its file."""

import json
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click import ClickException
from click.testing import CliRunner, Result

from chalicelib.metering.bulk import KINDS, FileRecord
from infra.cli.main import main
from infra.imports.opening import open_file
from infra.installation import installation
from infra.local.world import build
from tests.infra.exports import CAMEL_OBSERVATION, OBSERVATION, SPEND_LOG, answer
from tests.infra.test_import_counts import facts, imported, spent
from tests.infra.test_import_endings import table
from tests.support.bodies import completion

Row = Mapping[str, Any]
HALF = "x\ud83d"
MENDED = "x\ufffd"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    installation(build(tmp_path / "data"))
    return tmp_path


def load(folder: Path, content: bytes, *words: str, name: str = "calls.jsonl") -> Result:
    file = folder / name
    file.write_bytes(content)
    command = ["import", str(file), "--data", str(folder / "data"), *words]
    return CliRunner().invoke(main, command, catch_exceptions=False)


def rejects(folder: Path, name: str = "calls.jsonl") -> list[tuple[int, set[str]]]:
    """Line and fields of the records that were rejected."""
    lines = (folder / f"{name}.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    told = map(json.loads, lines)
    return [(each["line"], {error["field"] for error in each["errors"]}) for each in told]


def read(path: Path, content: bytes) -> list[FileRecord]:
    path.write_bytes(content)
    with open_file(path, None, KINDS["completion"]) as opened:
        return list(opened.records)


def dump(*rows: object) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


PRODUCTS: dict[str, tuple[Row, str]] = {
    "LiteLLM": (SPEND_LOG | {"end_user": HALF}, "subscriberId"),
    "Langfuse": (OBSERVATION | {"name": HALF}, "transactionName"),
    "Claude Code": (answer(5, "end_turn", sessionId=HALF), "traceId"),
    "a text within a text": (
        SPEND_LOG | {"metadata": json.dumps({"user_api_key_alias": HALF})},
        "credentialAlias",
    ),
}


@pytest.mark.parametrize("product", PRODUCTS)
def test_half_a_character_in_another_products_file_is_mended(folder: Path, product: str) -> None:
    row, member = PRODUCTS[product]
    (record,) = read(folder / "calls.jsonl", dump(row))
    assert isinstance(record.content, dict)
    assert record.content[member] == MENDED
    done = load(folder, dump(row))
    assert (done.exit_code, "1 record: 1 added" in done.output) == (0, True)


def test_half_a_character_in_a_cell_is_mended(folder: Path) -> None:
    call = completion(1, attributes=json.dumps({"a": HALF}))
    content = table(list(call), list(call.values()))
    (record,) = read(folder / "calls.csv", content)
    assert isinstance(record.content, dict)
    assert record.content["attributes"] == {"a": MENDED}
    assert load(folder, content, name="calls.csv").exit_code == 0


BAD_CELLS = {
    "too deep": ("attributes", "[" * 100_000),
    "thousands of digits": ("inputTokenCount", "9" * 5_000),
    "thousands of digits within": ("attributes", '{"a": ' + "9" * 5_000 + "}"),
}


@pytest.mark.parametrize("bad", BAD_CELLS)
def test_a_cell_that_nobody_can_read_costs_its_record_alone(folder: Path, bad: str) -> None:
    member, cell = BAD_CELLS[bad]
    calls = [completion(number) | {"attributes": ""} for number in range(3)]
    calls[1][member] = cell
    content = table(list(calls[0]), *(list(call.values()) for call in calls))
    done = load(folder, content, name="calls.csv")
    assert "3 records: 2 added, 0 changed, 0 as they were, 1 rejected" in done.output
    assert rejects(folder, "calls.csv") == [(3, {member})]


def test_what_cannot_be_read_of_a_file_to_void_is_rejected(folder: Path) -> None:
    """And half a character is mended in its ids too."""
    calls = [completion(1), completion(2) | {"transactionId": f"chatcmpl-{HALF}-a1b2c3d4e5"}]
    assert "2 added" in load(folder, dump(*calls)).output
    deep = b'\n{"transactionId":' + b"[" * 100_000
    done = load(folder, dump(*calls) + deep, "--mode", "void")
    assert "3 records: 0 added, 2 changed, 0 as they were, 1 rejected" in done.output
    assert rejects(folder) == [(3, {"transactionId"})]


@pytest.mark.parametrize("form", ["array", "documents"])
def test_a_number_of_thousands_of_digits_costs_its_record_alone(folder: Path, form: str) -> None:
    indent = None if form == "array" else 1
    texts = [json.dumps(completion(number), indent=indent) for number in range(3)]
    texts[1] = texts[1].replace('"inputTokenCount": 1000', '"inputTokenCount": ' + "9" * 5_000)
    content = f"[{','.join(texts)}]" if form == "array" else "\n".join(texts)
    done = load(folder, content.encode(), name="calls.json")
    assert "3 records: 2 added, 0 changed, 0 as they were, 1 rejected" in done.output


def test_no_count_of_a_client_is_written_out_digit_by_digit(folder: Path) -> None:
    rows = [spent("1e9999999", 5, 6), spent(1, "1e999", 6), spent(1, 5, "9" * 9_999)]
    rows += [spent(1, 2, 3, spend="1e-999999999"), spent(1, 2, 3, spend="1e999999")]
    done = load(folder, dump(*(row | {"request_id": f"i-{n}"} for n, row in enumerate(rows))))
    assert "5 records: 2 added, 0 changed, 0 as they were, 3 rejected" in done.output
    assert [fields for _, fields in rejects(folder)] == [
        {"inputTokenCount", "totalTokenCount"},
        {"outputTokenCount", "totalTokenCount"},
        {"totalTokenCount"},
    ]


QUOTED = [list(completion(number, agent=f"agent\n{number}").values()) for number in range(10)]
COLUMNS = list(completion(0, agent="a"))


def _open_quote(rows: list[list[object]]) -> bytes:
    """The third of ten rows opens a quote that is never closed."""
    lines = [",".join(str(cell).replace("\n", " ") for cell in row) for row in rows]
    lines[2] += '"oops'
    lines[2] = lines[2].replace(',agent 2"oops', ',"oops')
    return "\n".join([",".join(COLUMNS), *lines]).encode()


ENDS: dict[str, tuple[bytes, str]] = {
    "a quote that is never closed": (
        _open_quote(QUOTED),
        "2 records: 2 added|behind line 3: a quote that opens there is never closed; what stands "
        "before was read",
    ),
    "a file that is cut within a cell": (
        table(COLUMNS, *QUOTED[:3])[:-4],
        "2 records: 2 added|behind line 5: a quote that opens there is never closed",
    ),
    "a quote that is closed by the next row's": (
        table(COLUMNS, *QUOTED[:2])
        + _open_quote(QUOTED).split(b"\n")[3]
        + b"\n"
        + table(QUOTED[4]),
        "2 records: 2 added|behind line 5: ',' expected after '\"'",
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_behind_an_open_quote_nothing_is_lost_in_silence(folder: Path, end: str) -> None:
    content, told = ENDS[end]
    done = load(folder, content, name="calls.csv")
    assert done.exit_code == 1
    for words in told.split("|"):
        assert words in done.output


def test_cells_of_several_lines_are_read_to_the_last_one(folder: Path) -> None:
    done = load(folder, table(COLUMNS, *QUOTED).rstrip(), name="calls.csv")
    assert (done.exit_code, "10 records: 10 added" in done.output) == (0, True)


def test_a_column_that_stands_twice_is_refused(folder: Path) -> None:
    content = table([*COLUMNS, "model", ""], [*QUOTED[0], "other", ""])
    with pytest.raises(ClickException, match="has the column model 2 times: which one is meant"):
        read(folder / "calls.csv", content)


def test_records_of_ours_in_another_products_file_are_read(folder: Path) -> None:
    page = {"data": [SPEND_LOG | {"request_id": "in-page"}, completion(3), 7]}
    done = load(folder, dump(SPEND_LOG, completion(1), {"transactionId": "x"}, page))
    assert "5 records: 4 added, 0 changed, 0 as they were, 1 rejected" in done.output
    assert "1 lines that are no JSON object" in done.output
    assert "without tokens" not in done.output
    assert [line for line, _ in rejects(folder)] == [3]


@pytest.mark.parametrize("count", [-5, "abc", float("inf"), True, [1], {"a": 1}])
def test_a_count_that_is_none_is_told_and_the_total_decides(folder: Path, count: object) -> None:
    rows = {
        "input": spent(count, 0, 110),
        "all": spent(count, count, 110),
        "no total": spent(count, 10, 0),
        "empty cell": spent("NULL", 10, None),
    }
    found, said = imported(folder, rows, "request_id")
    assert {key: facts(row, "total_tokens", "unpriced_reason") for key, row in found.items()} == {
        "input": (110, "UNCLEAR_TOKENS"),
        "all": (110, "UNCLEAR_TOKENS"),
        "empty cell": (10, None),
    }
    assert "4 counts of tokens that are no numbers from 0 up, read as 0" in said
    assert "prompt_tokens is no number from 0 up" in (
        (folder / "calls.jsonl.rejects.jsonl").read_text()
    )


_DEEP: Any = 0
for _ in range(190):
    _DEEP = [_DEEP]
ODD: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, float("nan"), float("inf"), 1e308, "", " ", "x", HALF, "\x00",
    "1e9999999", "-1e9999999", "nan", "9" * 5_000, "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "{", '{"a": 1}', '{"\ud83d": "\ud83d"}', "[" * 5_000,
    "{" * 5_000, [], [None], [{}], ["a", 1], {}, {"a": None}, {"": {}}, _DEEP, {"a": _DEEP},
]  # fmt: skip
WHOLE: dict[str, Row] = {
    "LiteLLM": SPEND_LOG,
    "Langfuse": OBSERVATION,
    "Langfuse, camel case": CAMEL_OBSERVATION,
    "Claude Code": answer(5, "end_turn"),
    "ours": completion(1, attributes={"a": 1}, subscriber={"email": "a@b.example"}),
}


def _variants(row: Any, put: Callable[[Any], Any]) -> list[Any]:
    """The whole of which a row is a part, with every odd value in place of each member of it."""
    found = []
    for name, value in row.items():
        rest = {key: each for key, each in row.items() if key != name}
        found.append(put(rest))
        found += [put(rest | {name: odd}) for odd in ODD]
        if isinstance(value, dict):
            found += _variants(value, lambda inner, rest=rest, name=name: put(rest | {name: inner}))
    return found


@pytest.mark.parametrize("mode", ["add", "correct", "void"])
@pytest.mark.parametrize("product", WHOLE)
def test_no_value_of_any_member_costs_more_than_its_record(
    folder: Path, product: str, mode: str
) -> None:
    """Every record is stored, left out or rejected, and the command ends with its sentence."""
    row = WHOLE[product]
    done = load(folder, dump(row, *_variants(row, lambda each: each), *ODD, row), "--mode", mode)
    assert " rejected" in done.output


@pytest.mark.parametrize("product", WHOLE)
def test_no_cell_costs_more_than_its_record(folder: Path, product: str) -> None:
    row = WHOLE[product]
    cells = [json.dumps(cell) if isinstance(cell, dict) else cell for cell in row.values()]
    texts = [odd for odd in ODD if (isinstance(odd, str) and odd.isprintable()) or odd is None]
    odd_rows = [
        [*cells[:place], text, *cells[place + 1 :]]
        for place in range(len(cells))
        for text in [*texts, *string.punctuation, json.dumps(_DEEP)]
    ]
    done = load(folder, table(list(row), cells, *odd_rows, cells), name="calls.csv")
    assert (
        f"{len(odd_rows) + 2} record" in done.output
        or "left out" in done.output
        or "rejected" in done.output
    )
