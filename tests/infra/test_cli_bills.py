"""meterlake bills: reading from a shell whose settings may be others than the server's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

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
