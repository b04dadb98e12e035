"""meterlake assistants: seats, merged pull requests, and reading what is due."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib.kit.clock import DAY, day_of, now_ms
from infra.cli.main import main
from infra.installation import installation
from infra.local.world import build
from tests.assistants.github import CLAUDE, PATH, TOKEN, FakeGitHub, FakePull, fake_github, reach
from tests.support.client import Client


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    now = now_ms()
    with fake_github() as serving:
        serving.repositories["acme/api"] = [
            FakePull(1, "ida", now - DAY, now - DAY, [CLAUDE]),
            FakePull(2, None, now - DAY, now - DAY),
        ]
        yield serving


@pytest.fixture
def folder(tmp_path: Path, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERLAKE_GITHUB_URL", github.provider.url)
    monkeypatch.setenv("METERLAKE_PRIVATE_ORIGINS", github.provider.url)
    return tmp_path / "data"


def run(folder: Path, *words: str) -> str:
    result = CliRunner().invoke(main, ["assistants", *words, "--data", str(folder)])
    assert result.exit_code == 0, result.output
    return result.output


def test_what_is_read_and_what_it_cost(folder: Path, github: FakeGitHub, tmp_path: Path) -> None:
    world = build(folder)
    client = Client(reach(world, github.provider, tmp_path), installation(world))
    assert "cost: not known" in run(folder, "pull-requests")
    assert "GitHub: 0 read, 0 failed\nClaude Code: nothing is due" in run(folder, "sync")
    assert client.post(PATH, {"integrationType": "GITHUB", "token": TOKEN}).status == 200
    own = f"/profitstream/v2/api/coding-assistant/subscriptions/{client.installed.team}"
    tiers = [{"tier": "pro", "seats": 2, "perSeatCost": 31}]
    assert client.post(own, {"provider": "claude-code", "tiers": tiers}).status == 200
    assert "GitHub: 1 read, 0 failed" in run(folder, "sync")
    shown = run(folder, "pull-requests", "--since", day_of(now_ms() - 2 * DAY))
    assert "ida                                  1  1 with a coding tool" in shown
    assert "(left GitHub)" in shown
    assert "merged                               2  1 with a coding tool" in shown
    assert "a pull request" in shown
    assert run(folder, "seats").strip() == (
        "claude-code     0 used of 2, 62.000000000 USD a month, 62.000000000 of it for unused seats"
    )
