"""How coding assistants are paid: the door, the command, and what they leave behind."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.clock import SECOND
from chalicelib.metering.assistants import assistant_of
from chalicelib.otlp.assistants import COPILOT, is_copilot
from chalicelib.ports.world import World
from infra.cli.main import main
from infra.installation import installation
from infra.local.world import build
from tests.support.client import Answer, Client


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


def path(client: Client) -> str:
    return f"/profitstream/v2/api/teams/{client.installed.team}/settings/coding-assistant-filter"


def put(client: Client, *names: str, **headers: str) -> Answer:
    body = json.dumps({"apiRateProviders": names, "flatPlanProviders": ["ignored"]}).encode()
    return client.send("PUT", path(client), body, None, headers)


def test_a_team_says_which_it_pays_by_use(client: Client) -> None:
    assert client.get(path(client)).json["apiRateProviders"] == []
    answer = put(client, "GithubCopilot", "claude-code", "CURSOR")
    assert answer.json["apiRateProviders"] == ["ClaudeCode", "CursorIde", "GithubCopilot"]
    assert answer.json["flatPlanProviders"] == ["ClaudeCowork", "GeminiCli", "CodexCli"]
    assert client.get(path(client)).json == answer.json
    stored = find_billed_assistants(client.world.documents, client.installed.team)
    assert stored == ["CLAUDE_CODE", "CURSOR", "GITHUB_COPILOT"]
    assert put(client).json["apiRateProviders"] == []


def test_each_change_has_an_audit_entry(client: Client, clock: Any) -> None:
    for names in (("ClaudeCode",), ("CLAUDE_CODE",), ()):
        put(client, *names)
        clock.move(SECOND)
    entries = client.get("/profitstream/v2/api/audit-entries").json["_embedded"]["auditEntryList"]
    assert [entry["facts"] for entry in entries] == [
        {"byUseBefore": ["CLAUDE_CODE"], "byUse": []},
        {"byUseBefore": [], "byUse": ["CLAUDE_CODE"]},
    ]


def test_unknown_ones_are_refused_with_what_is_possible(client: Client) -> None:
    answer = put(client, "ClaudeCode", "Clippy")
    assert answer.status == 400
    assert "GithubCopilot" in answer.body.decode()
    assert client.get(path(client)).json["apiRateProviders"] == []


def test_only_administrators_of_the_team_may(client: Client) -> None:
    assert put(client, "ClaudeCode", x_api_key=client.installed.metering_key or "").status == 403
    assert client.get(path(client).replace(client.installed.team, "WHM1UoK")).status == 404


def test_the_command(tmp_path: Path) -> None:
    installation(build(tmp_path))

    def run(*words: str) -> str:
        return CliRunner().invoke(main, ["assistants", *words, "--data", str(tmp_path)]).output

    assert run("set", "copilot-cli", "by-use").startswith("Error: no coding assistant")
    assert run("set", "github-copilot", "cursor", "by-use") == "CURSOR, GITHUB_COPILOT: by use\n"
    run("set", "Cursor", "flat-plan")
    shown = dict(line.split(maxsplit=1) for line in run("list").splitlines())
    assert (shown["GithubCopilot"], shown["CursorIde"]) == ("by use", "flat plan")
    assert "byUse ['GITHUB_COPILOT']" in (
        CliRunner().invoke(main, ["audit", "--data", str(tmp_path)]).output
    )


@pytest.mark.parametrize(
    ("provider", "agent", "assistant"),
    [
        (COPILOT, None, "GITHUB_COPILOT"),
        ("copilot", None, "GITHUB_COPILOT"),
        ("github_copilot", None, "GITHUB_COPILOT"),
        ("github", "GitHub Copilot Chat", "GITHUB_COPILOT"),
        ("github", "copilotcli", "GITHUB_COPILOT"),
        ("github", None, None),
        ("openai", "copilot", None),
        ("openai", "support-copilot", None),
    ],
)
def test_copilot_follows_the_same_rule(
    provider: str, agent: str | None, assistant: str | None
) -> None:
    assert assistant_of(provider, agent, None)[1] == assistant


@pytest.mark.parametrize(
    ("provider", "agent", "host", "model"),
    [
        ("CLAUDE_CODE", None, "Bedrock", "claude-opus-4-5"),
        ("CLAUDE_CODE", None, "google.vertex", "claude-opus-4-5"),
        ("aws.bedrock", "claude-code", None, "claude-opus-4-5"),
        ("FOUNDRY", "claude-code", None, "claude-opus-4-5"),
        ("CLAUDE_CODE", None, None, "us.anthropic.claude-opus-4-5-20251101-v1:0"),
        ("CLAUDE_CODE", None, None, "bedrock/claude-opus-4-5"),
        ("CLAUDE_CODE", None, None, "claude-opus-4-5@20251101"),
        (
            "CLAUDE_CODE",
            None,
            None,
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/x",
        ),
    ],
)
def test_clouds_bill_each_call_of_an_assistant(
    provider: str, agent: str | None, host: str | None, model: str
) -> None:
    assert assistant_of(provider, agent, host, model) == ("coding_assistant", None)
    assert assistant_of("CLAUDE_CODE", agent, None, "claude-opus-4-5")[1] == "CLAUDE_CODE"


@pytest.mark.parametrize(
    ("service", "scope", "expected"),
    [
        ("copilot-chat", "", True),
        ("github_copilot", "", True),
        ("ours", "github.copilot", True),
        ("ours", "copilot-chat.otel", True),
        ("ours", "openai", False),
    ],
)
def test_spans_of_copilot_are_known(service: str, scope: str, expected: bool) -> None:
    assert is_copilot(service, scope) is expected
