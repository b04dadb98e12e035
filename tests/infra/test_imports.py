"""Files of other encodings, containers and products: what is read of them, and what is said."""

import codecs
import csv
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from chalicelib.metering.bulk import KINDS, FileRecord
from chalicelib.metering.completions import completion_draft
from chalicelib.metering.schemas import AiCompletionIngest
from infra.cli.main import main
from infra.imports import text as texts
from infra.imports.opening import OpenFile, open_file
from infra.installation import installation
from infra.local.world import build
from tests.infra.exports import (
    CAMEL_OBSERVATION,
    OBSERVATION,
    QUESTION,
    REFUSED,
    SNAPSHOT,
    SPEND_LOG,
    USAGE,
    answer,
)
from tests.support.bodies import completion

RECORDS = [completion(1, agent="Zürich"), completion(2, agent="東京 🗼")]
LINES = "\n".join(json.dumps(record, ensure_ascii=False) for record in RECORDS) + "\n"


class Opened:
    """A file, read to its end."""

    def __init__(self, path: Path, content: bytes, kind: str = "completion") -> None:
        path.write_bytes(content)
        with open_file(path, None, KINDS[kind]) as opened:
            self.file: OpenFile = opened
            self.records: list[FileRecord] = list(opened.records)

    def members(self) -> list[dict[str, Any]]:
        return [
            json.loads(record.content)
            if isinstance(record.content, bytes)
            else dict(record.content)
            for record in self.records
        ]

    def rows(self) -> list[dict[str, Any]]:
        """The columns of the events that the records become."""
        return [
            completion_draft(AiCompletionIngest.model_validate(members)).row | dict(record.columns)
            for members, record in zip(self.members(), self.records, strict=True)
        ]


def dump(*records: Any) -> bytes:
    return "\n".join(json.dumps(record) for record in records).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.json"


ENCODED = {
    "UTF-8": LINES.encode(),
    "UTF-8 with mark": codecs.BOM_UTF8 + LINES.encode(),
    "UTF-16 LE": codecs.BOM_UTF16_LE + LINES.encode("utf-16-le"),
    "UTF-16 BE": codecs.BOM_UTF16_BE + LINES.encode("utf-16-be"),
    "UTF-16 without mark": LINES.encode("utf-16-le"),
    "gzip": gzip.compress(LINES.encode()),
    "gzip of UTF-16": gzip.compress(codecs.BOM_UTF16_LE + LINES.encode("utf-16-le")),
    "two gzip members": gzip.compress(LINES[:99].encode()) + gzip.compress(LINES[99:].encode()),
    "Windows line ends": LINES.replace("\n", "\r\n").encode(),
    "array": json.dumps(RECORDS).encode(),
    "array over lines": json.dumps(RECORDS, indent=2, ensure_ascii=False).encode(),
    "array with mark, in gzip": gzip.compress(codecs.BOM_UTF8 + json.dumps(RECORDS).encode()),
}


@pytest.mark.parametrize("content", ENCODED.values(), ids=ENCODED)
@pytest.mark.parametrize("piece", [7, 1 << 20], ids=["in small pieces", "at once"])
def test_every_encoding_and_container_gives_the_same_records(
    path: Path, content: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if piece == 7 and not content.startswith((b"{", codecs.BOM_UTF8, b"[")):
        piece = 64
    monkeypatch.setattr(texts, "_PIECE", piece)
    opened = Opened(path.with_suffix(".jsonl") if b"[" not in content[:4] else path, content)
    assert opened.members() == RECORDS
    assert opened.file.text.strange == 0


@pytest.mark.parametrize("form", ["lines", "array"])
def test_latin_1_is_read_and_told(path: Path, form: str) -> None:
    text = json.dumps([RECORDS[0]] if form == "array" else RECORDS[0], ensure_ascii=False)
    opened = Opened(path, text.encode("latin-1"))
    assert opened.members() == [RECORDS[0]]
    assert opened.file.text.strange == 1
    installation(build(path.parent / "data"))
    answered = CliRunner().invoke(main, ["import", str(path), "--data", str(path.parent / "data")])
    assert "not all of it is UTF-8: the other bytes were read as Latin-1" in answered.output


@pytest.mark.parametrize("separator", ",;\t")
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_csv_of_any_encoding(path: Path, separator: str, encoding: str) -> None:
    call = completion(1, agent="Zürich\nHB")
    out = io.StringIO()
    writer = csv.DictWriter(out, list(call), delimiter=separator)
    writer.writeheader()
    writer.writerow(call)
    opened = Opened(path.with_suffix(".csv"), out.getvalue().encode(encoding))
    (members,) = opened.members()
    assert (members["agent"], members["inputTokenCount"]) == ("Zürich\nHB", 1_000)


BROKEN = {
    "packed otherwise": (b"PK\x03\x04....", "a ZIP archive or a spreadsheet"),
    "Parquet": (b"PAR1....", "Parquet: export it as JSON lines"),
    "a gzip of nothing": (gzip.compress(LINES.encode())[:9], "gzip file is damaged"),
    "an array of nonsense": (b"[oops]", "cannot be read behind its item 0"),
    "too deep": (b"[" + b'{"a":' * 100_000, "cannot be read behind its item 0"),
}


@pytest.mark.parametrize(("content", "told"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_one_sentence(path: Path, content: bytes, told: str) -> None:
    with pytest.raises(click.ClickException, match=told):
        Opened(path, content)


@pytest.mark.parametrize("content", [b"x" * 99, b'{\n"a": ' + b"1" * 99], ids=["line", "document"])
def test_what_would_not_fit_into_memory_is_refused(
    path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.imports.text.LONGEST", 50)
    monkeypatch.setattr("infra.imports.containers.LONGEST", 50)
    with pytest.raises(click.ClickException, match="each record on a line of its own"):
        Opened(path, content)


def test_arrays_are_read_as_they_come(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory holds an item, never the array."""
    monkeypatch.setattr(texts, "_PIECE", 4_096)
    path.write_bytes(json.dumps([completion(number) for number in range(1_000)]).encode())
    with open_file(path, None, KINDS["completion"]) as opened:
        records: Iterator[FileRecord] = iter(opened.records)
        next(records)
        assert opened.position() < path.stat().st_size / 10
        assert sum(1 for _ in records) == 999


@pytest.mark.parametrize(("name", "content"), REFUSED.values(), ids=REFUSED)
def test_sums_of_others_are_refused_by_name(path: Path, name: str, content: str) -> None:
    with pytest.raises(
        click.ClickException, match=rf"^this file is {name}; it|^this file is {name}; what"
    ):
        Opened(path, content.encode())


def test_our_own_records_are_nobody_elses(path: Path) -> None:
    tool = {"transactionId": "t", "toolId": "s", "usageMetadata": {"results": []}}
    assert Opened(path, dump(tool), kind="tool").file.product == ""
    assert Opened(path, dump(*RECORDS)).file.product == ""


def test_spend_logs_of_litellm(path: Path) -> None:
    failed = SPEND_LOG | {
        "request_id": "f",
        "status": "failure",
        "total_tokens": 0,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "metadata": {"error_information": {"error_message": "busy", "error_code": "429"}},
    }
    claude = SPEND_LOG | {
        "request_id": "c",
        "model": "claude-sonnet-4-5",
        "custom_llm_provider": "anthropic",
        "metadata": {
            "usage_object": {"cache_read_input_tokens": 500, "cache_creation_input_tokens": 200}
        },
    }
    hit = SPEND_LOG | {"request_id": "h", "cache_hit": "True", "call_type": "aembedding"}
    image = SPEND_LOG | {"call_type": "aimage_generation"}
    empty = SPEND_LOG | {"call_type": "list_batches", "spend": 0}
    opened = Opened(path, dump(SPEND_LOG, failed, claude, hit, image, empty))
    first, second, third, fourth = opened.rows()
    assert {name: first[name] for name in EXPECTED_SPEND} == EXPECTED_SPEND
    assert (second["stop_reason"], second["error_reason"], second["error_code"]) == (
        "ERROR",
        "busy",
        429,
    )
    # Its prompt tokens hold what was read from the cache and written to it; ours do not.
    assert (third["input_tokens"], third["cache_read_tokens"]) == (300, 500)
    assert (third["cache_creation_tokens"], third["total_tokens"]) == (200, 400)
    assert (fourth["operation_type"], opened.members()[3]["totalCost"]) == ("EMBED", 0)
    assert dict(opened.file.left_out) == {
        "calls of aimage_generation, whose size a spend log does not tell, though it states a "
        "spend": 1,
        "calls of list_batches, which use no tokens by themselves": 1,
    }


EXPECTED_SPEND = {
    "transaction_id": "chatcmpl-ll-1",
    "trace_id": "s-1",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "duration_ms": 2_500,
    "time_to_first_token_ms": 700,
    "is_streamed": True,
    "input_tokens": 1_000,
    "output_tokens": 100,
    "total_tokens": 1_100,
    "cache_read_tokens": 400,
    "reasoning_tokens": 30,
    "stated_cost_nano": 12_300_000,
}


@pytest.mark.parametrize("form", ["page", "array", "csv"])
def test_a_spend_log_in_every_container(path: Path, form: str) -> None:
    if form == "csv":
        out = io.StringIO()
        cells = SPEND_LOG | {"metadata": json.dumps(SPEND_LOG["metadata"])}
        writer = csv.DictWriter(out, list(cells))
        writer.writeheader()
        writer.writerow(cells)
        content = out.getvalue().encode()
    else:
        content = json.dumps([SPEND_LOG] if form == "array" else {"data": [SPEND_LOG]}).encode()
    (row,) = Opened(path.with_suffix(".csv" if form == "csv" else ".json"), content).rows()
    assert {name: row[name] for name in EXPECTED_SPEND} == EXPECTED_SPEND


def test_a_transcript_counts_each_call_once(path: Path) -> None:
    """Parts of an answer, a resumed session that repeats it, what Claude Code wrote itself."""
    synthetic = answer(0, requestId="req_2")
    synthetic["message"] = synthetic["message"] | {"model": "<synthetic>"}
    other = answer(9, requestId=None, parentUuid="gone")
    content = dump(
        SNAPSHOT,
        QUESTION,
        answer(3),
        QUESTION,
        answer(150, "tool_use"),
        answer(3),
        synthetic,
        other,
    )
    opened = Opened(path, content)
    first, second = opened.rows()
    expected = {
        "transaction_id": "req_1",
        "trace_id": "sess-1",
        "provider": "ClaudeCode",
        "stop_reason": "TOOL_CALL",
        "duration_ms": 4_000,
        "input_tokens": USAGE["input_tokens"],
        "output_tokens": 150,
        "cache_read_tokens": 2_000,
        "cache_creation_tokens": 300,
        "cache_creation_5m_tokens": 100,
        "cache_creation_1h_tokens": 200,
        "total_tokens": 160,
    }
    assert {name: first[name] for name in expected} == expected
    assert opened.members()[0]["attributes"] == {"webSearchRequests": 2}
    # Without a request id the message's own; without a known question it takes no time.
    assert (second["transaction_id"], second["duration_ms"]) == ("msg_1", 0)
    assert dict(opened.file.left_out) == {
        "lines that tell of no call of a model": 4,
        "answers without a stop reason, which may have been longer than was written down "
        "(counted)": 1,
    }


def test_a_transcript_is_read_with_few_calls_in_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.imports.claude_code._OPEN_CALLS", 2)
    calls = [answer(5, "end_turn", requestId=f"req_{number}") for number in range(9)]
    assert len(Opened(path, dump(*calls)).records) == 9


def test_langfuse_observations(path: Path) -> None:
    span = OBSERVATION | {"type": "SPAN", "usage_details": {}, "provided_model_name": ""}
    inside = OBSERVATION | {"id": "obs-3", "usage_details": OLD_USAGE}
    opened = Opened(path, dump(OBSERVATION, span, CAMEL_OBSERVATION, inside))
    first, second, third = opened.rows()
    expected = {
        "transaction_id": "obs-1",
        "provider": "openai",
        "requested_at": 1_795_168_800_000,
        "duration_ms": 3_000,
        "time_to_first_token_ms": 1_000,
        "input_tokens": 1_000,
        "output_tokens": 100,
        "total_tokens": 1_100,
        "cache_read_tokens": 400,
        "reasoning_tokens": 30,
        "stated_cost_nano": 4_200_000,
    }
    assert {name: first[name] for name in expected} == expected
    assert (second["provider"], second["input_tokens"]) == ("Unknown", 1_000)
    for name in ("input_tokens", "output_tokens", "total_tokens", "cache_read_tokens"):
        assert third[name] == first[name]
    assert sum(opened.file.left_out.values()) == 1


OLD_USAGE = {
    "input": 1_000,
    "input_cached_tokens": 400,
    "output": 100,
    "output_reasoning_tokens": 30,
    "total": 1_100,
}
"""Cached tokens and reasoning inside, as the total says."""


def test_a_transcript_is_imported_once(path: Path) -> None:
    """Through the command: read twice it is the same, and the answer says what the file is."""
    path.write_bytes(dump(QUESTION, answer(150, "end_turn")))
    installation(build(path.parent / "data"))
    words = ["import", str(path), "--data", str(path.parent / "data")]
    first, again = (CliRunner().invoke(main, words).output for _ in range(2))
    assert "this file is a transcript of Claude Code\n  1 lines that tell of no call" in first
    assert "1 record: 1 added" in first
    assert "0 added, 0 changed, 1 as they were" in again
    assert "--kind completion" in CliRunner().invoke(main, [*words, "--kind", "tool"]).output


def test_the_log_does_not_mix_with_the_answer(tmp_path: Path) -> None:
    """An unpriced call is logged: to standard error, beside the progress."""
    (tmp_path / "calls.jsonl").write_bytes(dump(completion(1, model="m-9", provider="NOBODY")))
    installation(build(tmp_path / ".meterlake"))
    command = "from infra.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "import", "calls.jsonl"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "1 record: 1 added, 0 changed, 0 as they were, 0 rejected\n"
    assert "no price" in done.stderr
