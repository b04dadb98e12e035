"""meterlake bills: reading from a shell whose settings may be others than the server's."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib.providers.leases import Reading, SyncResult, give_back, take_lease
from chalicelib.providers.lookup import connections_of_team
from chalicelib.providers.vocabulary import SyncStatus
from infra.cli.main import main
from infra.installation import installation
from infra.local.world import build
from tests.providers.anthropic import FakeAnthropic, connect, reach
from tests.support.client import Client
from tests.support.provider import FakeProvider

_SETTING = "METERLAKE_PRIVATE_ORIGINS"


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as serving:
        yield serving


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["bills", *words, "--data", str(folder)])


def test_a_bill_that_the_server_reads_is_waited_for(
    provider: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    world = build(folder)
    FakeAnthropic(provider)
    client = Client(reach(world, provider, tmp_path), installation(world))
    connect(client, provider)
    monkeypatch.setenv(_SETTING, provider.url)
    team = client.installed.team
    (connection,) = connections_of_team(world, team)
    lease = take_lease(world, connection)
    given_up = run(folder, "sync", "--wait", "0")
    assert (given_up.exit_code, "another process still reads it" in given_up.output) == (1, True)
    done = Reading(SyncResult(SyncStatus.SUCCESS), [], 0)
    timer = threading.Timer(1.5, give_back, (world, connection, lease, done))
    timer.start()
    waited = run(folder, "sync", "--wait", "300")
    timer.join(60)
    assert (waited.exit_code, "SUCCESS" in waited.output) == (0, True), waited.output
    assert waited.output.count("is being read by another process: waiting") == 1


def test_a_shell_that_may_not_call_the_address_changes_no_status(
    provider: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    world = build(folder)
    FakeAnthropic(provider)
    connect(Client(reach(world, provider, tmp_path), installation(world)), provider)
    never = run(folder, "status").output
    assert "PENDING" in never
    refused = run(folder, "sync")
    assert refused.exit_code == 1
    assert f"set {_SETTING}={provider.url} in this shell" in refused.output
    assert run(folder, "status").output == never
    monkeypatch.setenv(_SETTING, provider.url)
    done = run(folder, "sync")
    assert (done.exit_code, "SUCCESS" in done.output) == (0, True), done.output
    good = run(folder, "status").output
    assert "SUCCESS" in good
    monkeypatch.delenv(_SETTING)
    refused = run(folder, "sync")
    assert (refused.exit_code, _SETTING in refused.output) == (1, True)
    assert "its status stays as it was" in refused.output
    assert run(folder, "status").output == good
