"""The command, as people type it."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib.identity import service
from chalicelib.identity.keys import Permission
from chalicelib.kit.clock import now_ms
from chalicelib.kit.errors import Unauthorized
from chalicelib.lake.tables import CHARGES
from chalicelib.ports.events import EventRecord
from chalicelib.ports.lake import LakePath
from chalicelib.resources.roster import LAKE
from infra.cli.main import leave_at_sigterm, main
from infra.installation import installation
from infra.local.world import build
from infra.prices import opened
from tests.support.bodies import completion
from tests.support.client import Client


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def meterlake(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


def test_keys_are_made_listed_and_revoked(data: Path) -> None:
    installation(build(data))
    made = meterlake(
        "keys", "create", "--data", data, "--kind", "read", "--scope", "read", "--scope", "admin"
    )
    key_id, text = made.output.split()
    assert service.authenticate(build(data), text).scopes == {Permission.READ, Permission.ADMIN}
    assert key_id in meterlake("keys", "list", "--data", data).output
    assert text not in meterlake("keys", "list", "--data", data).output
    assert meterlake("keys", "revoke", "--data", data, key_id).exit_code == 0
    with pytest.raises(Unauthorized):
        service.authenticate(build(data), text)
    assert "revoked" in meterlake("keys", "list", "--data", data).output


def test_keys_of_unknown_teams_and_ids_are_refused(data: Path) -> None:
    installation(build(data))
    assert "no team" in meterlake("keys", "create", "--data", data, "--team", "nobody").output
    assert meterlake("keys", "revoke", "--data", data, "ffff").exit_code == 1


def test_an_unknown_stage_is_named(data: Path) -> None:
    answer = meterlake("doctor", "--stage", "nowhere", "--data", data)
    assert answer.exit_code == 1
    assert "'nowhere'" in answer.output


def test_compact_writes_what_is_pending_and_doctor_is_content(data: Path) -> None:
    world = build(data)
    client = Client(world)
    bodies = [completion(number, now_ms()) for number in range(3)]
    bodies.append(completion(9, now_ms(), model="mystery-9", provider="NOBODY"))
    assert {client.post("/meter/v2/ai/completions", body).status for body in bodies} == {201}
    assert "4 event versions" in meterlake("compact", "--data", data).output
    answer = meterlake("doctor", "--data", data)
    assert answer.exit_code == 0
    assert f"team {client.installed.team}" in answer.output
    assert "unpriced: 1 call of NOBODY mystery-9" in answer.output


def test_doctor_names_the_models_whose_price_is_in_doubt(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("openai", "gpt-4o-mini")
    rates = [("input", "0.15", "0.2"), ("cache_read", "0.075", "0.08"), ("output", "0.6", "0.5")]
    rates += [("input>1k", "0.3", "0.2"), ("input>2k", "0.3", "0.2")]
    doubts = {line: [opened.OpenRate(*line, *rate) for rate in rates]}
    monkeypatch.setattr(opened, "_read", lambda: doubts)
    client = Client(build(data))
    long = {"inputTokenCount": 2_000, "outputTokenCount": 1, "totalTokenCount": 2_001}
    bodies = [completion(1, now_ms()), completion(2, now_ms(), **long)]
    bodies.append(completion(3, now_ms(), provider="AZURE"))
    bodies.append(completion(4, now_ms(), totalCost=0.01))
    for body in bodies:
        assert client.post("/meter/v2/ai/completions", body).status == 201
    meterlake("compact", "--data", data)
    answer = meterlake("doctor", "--data", data)
    assert answer.exit_code == 0
    told = [text.strip() for text in answer.output.splitlines() if "in doubt" in text]
    assert told == [
        f"price in doubt: {calls} of OPENAI gpt-4o-mini in 30 days, {rate} USD a million tokens, "
        f"{other} in another list (docs/prices.md)"
        for calls, rate, other in (
            ("2 calls", "input at 0.15", 0.2),
            ("2 calls", "output at 0.6", 0.5),
            ("up to 1 call", "input>1k at 0.3", 0.2),
        )
    ]


def test_doctor_lists_what_the_lake_could_not_take(data: Path) -> None:
    world = build(data)
    team = installation(world).team
    bad = EventRecord(
        team,
        "e" * 32,
        1,
        "ai_events",
        "2026-11-20",
        json.dumps({"event_id": "e" * 32, "version": "x"}),
    )
    world.events.append(team, [bad])
    meterlake("compact", "--data", data)
    answer = meterlake("doctor", "--data", data)
    assert answer.exit_code == 1
    assert "quarantine: 1 record:" in answer.output


def test_doctor_names_a_damaged_file_and_rebuild_writes_its_day_anew(data: Path) -> None:
    world = build(data)
    client = Client(world)
    client.post("/meter/v2/ai/completions", completion(1, now_ms()))
    meterlake("compact", "--data", data)
    (file,) = world.lake.list(client.installed.team, "ai_events")
    day = file.path.day
    world.lake.put(client.installed.team, file.path, b"")
    answer = meterlake("doctor", "--files", "--data", data)
    assert answer.exit_code == 1
    assert file.path.name in answer.output
    assert f"meterlake rebuild --day {day}" in answer.output
    answer = meterlake(
        "export", "--data", data, "--tenant", client.installed.tenant, "--from", day, "--to", day
    )
    assert answer.exit_code == 1
    assert "rebuild" in answer.output
    unknown = meterlake("rebuild", "--data", data, "--day", day, "--table", "events")
    assert "ai_events" in unknown.output
    answer = meterlake("rebuild", "--data", data, "--day", day)
    assert answer.exit_code == 0, answer.output
    assert "ai_events: 1 event version " in answer.output
    assert meterlake("doctor", "--data", data).exit_code == 0
    assert (
        meterlake(
            "export",
            "--data",
            data,
            "--tenant",
            client.installed.tenant,
            "--from",
            day,
            "--to",
            day,
        ).exit_code
        == 0
    )


def test_lost_charges_are_named_with_what_helps_and_can_be_given_up(data: Path) -> None:
    world = build(data)
    team = Client(world).installed.team
    path = LakePath(CHARGES.name, "2026-11-20", "charges.parquet")
    world.lake.put(team, path, b"rubbish")
    LAKE.enrol(world.documents, team)
    answer = meterlake("doctor", "--files", "--data", data)
    assert answer.exit_code == 1
    assert "lost: charges of 2026-11-20 misses 1 file" in answer.output
    assert "meterlake bill" in answer.output
    command = "rebuild --day 2026-11-20 --table charges --accept-loss"
    assert f"meterlake {command}" in answer.output
    assert meterlake(*command.split(), "--data", data).exit_code == 0
    answer = meterlake("doctor", "--data", data)
    assert (answer.exit_code, "lost" in answer.output) == (0, False)


def test_a_dry_run_of_deploy_says_what_it_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = meterlake("deploy", "acme", "--region", "eu-west-1", "--dry-run")
    assert answer.exit_code == 0
    assert "meterlake-acme" in answer.output


def test_the_contract_on_disk_is_current() -> None:
    assert meterlake("openapi", "--check").exit_code == 0


@leave_at_sigterm()
def be_terminated() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(30)


def test_sigterm_ends_a_command_in_order() -> None:
    former = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as left:
        be_terminated()
    assert left.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == former
