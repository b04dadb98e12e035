"""meterlake bills limits, and what doctor says of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.kit.settings import Settings
from infra.local.world import build
from tests.api.test_provider_limits import connect, make_rule
from tests.infra.test_cli import meterlake
from tests.providers.limits import ORGANIZATION, FakeLimits
from tests.support.client import Client
from tests.support.provider import Answer, FakeProvider


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLimits]:
    with FakeProvider() as serving:
        monkeypatch.setenv("METERLAKE_PRIVATE_ORIGINS", serving.url)
        yield FakeLimits(serving)


def test_nothing_is_written_without_write(limits: FakeLimits, tmp_path: Path) -> None:
    data = tmp_path / "data"
    client = Client(build(data, Settings(private_origins=limits.provider.url)))
    connect(client, limits)
    rule = make_rule(client, name="a month\x1b[2J")
    words = ("bills", "limits", "push", "--data", data, "--team", client.installed.team, rule)
    limits.openai[""] = 50_000
    told = meterlake(*words)
    assert told.exit_code == 0, told.output
    assert "stands: 500.00 USD MONTHLY, not enforcing" in told.output
    assert "LOWER: 100.00 USD MONTHLY" in told.output
    assert "nothing was changed" in told.output
    assert "\x1b" not in told.output
    assert limits.written == []
    written = meterlake(*words, "--write")
    assert written.exit_code == 0, written.output
    assert limits.openai == {"": 10_000}
    name = written.output.split("written: ")[1].strip()

    listing = ("bills", "limits", "list", "--data", data, "--team", client.installed.team)
    assert meterlake(*listing).exit_code == 0
    assert "drifted" not in meterlake("doctor", "--data", data).output
    limits.openai[""] = 20_000
    told = meterlake(*listing)
    assert told.exit_code == 1
    assert "drifted: RAISED_AT_PROVIDER" in told.output
    assert "has drifted, RAISED_AT_PROVIDER" in meterlake("doctor", "--data", data).output

    limits.openai[""] = 10_000
    removal = ("bills", "limits", "remove", "--data", data, "--team", client.installed.team, name)
    assert "nothing was changed" in meterlake(*removal).output
    assert limits.openai == {"": 10_000}
    assert meterlake(*removal, "--write").exit_code == 0
    assert limits.openai == {"": 50_000}
    assert meterlake(*removal).exit_code == 1


def test_what_is_in_the_way_is_told_in_one_go(limits: FakeLimits, tmp_path: Path) -> None:
    data = tmp_path / "data"
    client = Client(build(data, Settings(private_origins=limits.provider.url)))
    connect(client, limits)
    rule = make_rule(client, windowType="DAILY", groupBy="AGENT")
    words = ("bills", "limits", "push", "--data", data, "--team", client.installed.team)
    told = meterlake(*words, rule, "--write")
    assert (told.exit_code, limits.written) == (1, [])
    assert "RULE_HAS_GROUPS" in told.output
    assert "WINDOW_NOT_OFFERED" in told.output
    assert meterlake(*words, "--amount", "nan", rule).exit_code == 2
    assert "Couldn't find CostControl" in meterlake(*words, "abcdef").output
    limits.broken["POST", ORGANIZATION] = Answer({}, 403)
    refused = meterlake(*words, make_rule(client), "--write")
    assert (refused.exit_code, "refuses the token" in refused.output) == (1, True)
