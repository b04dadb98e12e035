"""meterlake import and re-rate, as people type them."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.kit.clock import day_of, now_ms
from chalicelib.kit.ids import event_id
from infra.cli.main import main
from infra.installation import installation
from infra.local.world import build
from tests.support.bodies import completion


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder that was served before."""
    installation(build(tmp_path / "data"))
    return tmp_path / "data"


def meterlake(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


def lines(*records: Any) -> bytes:
    return b"\n".join(
        record if isinstance(record, bytes) else json.dumps(record).encode() for record in records
    )


def row(data: Path, transaction_id: str, kind: str = "COMPLETION") -> dict[str, Any]:
    world = build(data)
    team = installation(world).team
    found: dict[str, Any] = json.loads(
        world.events.history(team, event_id(team, kind, transaction_id))[-1].body
    )
    return found


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_json_lines_are_imported_and_bad_ones_written_down(
    data: Path, tmp_path: Path, packed: bool
) -> None:
    content = lines(completion(1, now_ms()), b"", b"{", completion(2, now_ms(), inputTokenCount=-1))
    file = tmp_path / ("calls.jsonl.gz" if packed else "calls.jsonl")
    file.write_bytes(gzip.compress(content) if packed else content)
    answer = meterlake("import", file, "--data", data)
    assert answer.exit_code == 1
    assert "3 records: 1 added, 0 changed, 0 as they were, 2 rejected" in answer.output
    rejects = [
        json.loads(line)
        for line in (tmp_path / f"{file.name}.rejects.jsonl").read_text().splitlines()
    ]
    assert [reject["line"] for reject in rejects] == [3, 4]
    assert [error["field"] for error in rejects[1]["errors"]] == ["inputTokenCount"]
    assert json.loads(rejects[1]["record"])["transactionId"] == "chatcmpl-2"
    assert row(data, "chatcmpl-1")["cost_nano"] == 210_000


def test_what_was_imported_is_in_the_lake(data: Path, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(
        lines(completion(1, now_ms(), model="mystery-9", provider="NOBODY"))
    )
    assert meterlake("import", tmp_path / "calls.jsonl", "--data", data).exit_code == 0
    assert "unpriced: 1 call of NOBODY mystery-9" in meterlake("doctor", "--data", data).output


def test_csv_cells_become_what_the_wire_would_hold(data: Path, tmp_path: Path) -> None:
    call = completion(1, now_ms()) | {"isStreamed": "TRUE", "totalCost": "0.25"}
    nested = {"subscriber.email": "ida@halden.example", "attributes": '{"a": 1}', "agent": ""}
    members = [*call, *nested]
    cells = [str(value).replace('"', '""') for value in (*call.values(), *nested.values())]
    table = ",".join(members) + "\n" + ",".join(f'"{cell}"' for cell in cells) + "\n"
    (tmp_path / "calls.csv").write_text("\ufeff" + table)
    answer = meterlake("import", tmp_path / "calls.csv", "--data", data)
    assert "1 added" in answer.output
    stored = row(data, "chatcmpl-1")
    assert (stored["is_streamed"], stored["input_tokens"], stored["cost_nano"]) == (
        True,
        1_000,
        250_000_000,
    )
    assert stored["subscriber_email"] == "ida@halden.example"
    assert json.loads(stored["extras"])["attributes"] == {"a": 1}
    assert "agent" not in stored


def test_a_csv_cell_that_cannot_be_read_is_refused_by_name(data: Path, tmp_path: Path) -> None:
    call = completion(1, now_ms()) | {"inputTokenCount": "many", "isStreamed": "perhaps"}
    (tmp_path / "calls.csv").write_text(
        ",".join(call) + "\n" + ",".join(map(str, call.values())) + "\n"
    )
    assert meterlake("import", tmp_path / "calls.csv", "--data", data).exit_code == 1
    (reject,) = map(json.loads, (tmp_path / "calls.csv.rejects.jsonl").read_text().splitlines())
    assert {error["field"] for error in reject["errors"]} == {"inputTokenCount", "isStreamed"}


def test_tools_are_corrected_and_voided(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "tools.jsonl"
    for mode, record in (
        ("add", {"transactionId": "t", "toolId": "search", "costUsd": 1}),
        ("correct", {"transactionId": "t", "toolId": "search", "costUsd": 2}),
        ("void", {"transactionId": "t"}),
    ):
        file.write_bytes(lines(record))
        assert (
            meterlake("import", file, "--data", data, "--kind", "tool", "--mode", mode).exit_code
            == 0
        )
    told = meterlake("audit", "--data", data).output
    assert "VOID  by import  changed 1  added 0  kind TOOL  file tools.jsonl" in told
    assert "CORRECT  by import  changed 1" in told
    stored = row(data, "t", "TOOL")
    assert (stored["version"], stored["cost_nano"], stored["deleted"]) == (3, 2_000_000_000, True)


def test_a_file_of_no_known_kind_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "calls.xlsx").write_bytes(b"")
    assert "--format" in meterlake("import", tmp_path / "calls.xlsx", "--data", data).output


def test_re_rate_shows_what_changes_by_model(data: Path, tmp_path: Path) -> None:
    (tmp_path / "tools.jsonl").write_bytes(lines({"transactionId": "t", "toolId": "search"}))
    meterlake("import", tmp_path / "tools.jsonl", "--data", data, "--kind", "tool")
    world = build(data)
    first = installation(world)
    from chalicelib.catalog.tools import TOOLS
    from chalicelib.identity.records import Principal
    from chalicelib.resources.store import Store

    pricing = {"elements": [{"name": "calls", "aggregationType": "COUNT", "unitPrice": "0.5"}]}
    tool = {"name": "Search", "toolId": "search", "toolType": "SDK", "pricing": pricing}
    Store(world, Principal(first.tenant, first.team, "k", frozenset()), TOOLS).create(tool)
    today = day_of(now_ms())
    told = "tool search: 1 of 1  $0.000000000 → $0.500000000  unpriced 1 → 0"
    dry = meterlake("re-rate", "--from", today, "--data", data, "--dry-run")
    assert told in dry.output
    assert "Nothing was changed" in dry.output
    assert row(data, "t", "TOOL")["version"] == 1
    assert told in meterlake("re-rate", "--from", today, "--data", data).output
    assert row(data, "t", "TOOL")["cost_nano"] == 500_000_000
    shown = meterlake("audit", "--data", data, "--since", today, "--day", today).output
    assert f"RE_RATE  by command line  events of {today}\n" in shown
    assert "tool search: 1  $0.000000000 → $0.500000000  unpriced 1 → 0" in shown
    assert "RE_RATE" not in meterlake("audit", "--data", data, "--day", "2020-01-01").output
    assert (
        "--to lies before --from"
        in meterlake("re-rate", "--from", today, "--to", "2020-01-01", "--data", data).output
    )
