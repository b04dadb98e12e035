"""Prompts: kept only when the team allows it, cut, sealed, and nowhere else."""

import json
from typing import Any

import pytest

from chalicelib.identity import key_service
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.clock import MINUTE
from chalicelib.metering.drafts import Prompts
from chalicelib.metering.prompts import MARK, SYSTEM_LIMIT, forget, prompts_of
from chalicelib.ports.world import World
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.ledger import stored

PATH = "/meter/v2/ai/completions"


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


def allow(client: Client, **settings: Any) -> None:
    path = f"/profitstream/v2/api/teams/{client.installed.team}/settings/prompts"
    answer = client.send("PUT", path, json.dumps(settings).encode(), {}, {})
    assert answer.status == 200, answer.body
    assert answer.json == client.get(path).json
    assert {member: answer.json[member] for member in settings} == settings


def post(client: Client, number: int = 1, **members: Any) -> str:
    texts = {
        "systemPrompt": "be kind",
        "inputMessages": "open sesame",
        "outputResponse": "it opens",
    }
    return str(client.post(PATH, completion(number, **{**texts, **members})).json["id"])


def test_nothing_is_kept_unless_the_team_allows_it(client: Client) -> None:
    event_id = post(client)
    assert prompts_of(client.world, client.installed.team, event_id) is None
    assert list(client.world.vault.names(client.installed.team, "")) == []
    assert "sesame" not in json.dumps(stored(client, event_id))


def test_what_the_team_allows_is_kept_apart(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    allow(client, promptCaptureEnabled=True)
    event_id = post(client)
    team = client.installed.team
    assert prompts_of(client.world, team, event_id) == Prompts(
        "be kind", "open sesame", "it opens", False
    )
    assert "sesame" not in json.dumps(stored(client, event_id))
    assert "sesame" not in "".join(capsys.readouterr())
    post(client, inputMessages="another text for the same call")
    kept = prompts_of(client.world, team, event_id)
    assert kept
    assert kept.input == "open sesame"
    forget(client.world, team, event_id)
    assert prompts_of(client.world, team, event_id) is None


def test_long_texts_are_cut_and_marked(client: Client) -> None:
    allow(client, promptCaptureEnabled=True)
    kept = prompts_of(
        client.world, client.installed.team, post(client, inputMessages="x" * (SYSTEM_LIMIT + 1))
    )
    assert kept
    assert kept.input
    assert len(kept.input) == SYSTEM_LIMIT
    assert kept.input.endswith(MARK)
    assert kept.truncated
    assert kept.output == "it opens"


def test_a_team_may_set_a_limit_of_its_own(client: Client) -> None:
    allow(client, promptCaptureEnabled=True, maxPromptLength=20)
    kept = prompts_of(client.world, client.installed.team, post(client, outputResponse="y" * 21))
    assert kept
    assert kept.output == "y" * 6 + MARK


def test_a_client_s_own_cut_is_remembered(client: Client) -> None:
    allow(client, promptCaptureEnabled=True)
    kept = prompts_of(client.world, client.installed.team, post(client, promptsTruncated=True))
    assert kept
    assert kept.truncated


def test_switching_it_off_works_within_a_minute(client: Client, clock: Any) -> None:
    allow(client, promptCaptureEnabled=True)
    post(client, 1)
    allow(client, promptCaptureEnabled=False)
    clock.move(MINUTE)
    assert prompts_of(client.world, client.installed.team, post(client, 2)) is None


def test_the_process_that_answers_the_switch_keeps_no_prompt_from_then_on(client: Client) -> None:
    allow(client, promptCaptureEnabled=True)
    post(client, 1)
    allow(client, promptCaptureEnabled=False)
    event_id = post(client, 2)
    assert prompts_of(client.world, client.installed.team, event_id) is None
    allow(client, promptCaptureEnabled=True, maxPromptLength=20)
    kept = prompts_of(client.world, client.installed.team, post(client, 3))
    assert kept == Prompts("be kind", "open sesame", "it opens", False)


def test_settings_that_are_not_sent_stay(client: Client) -> None:
    allow(client, promptCaptureEnabled=True, maxPromptLength=100)
    allow(client, maxPromptLength=200)
    path = f"/profitstream/v2/api/teams/{client.installed.team}/settings/prompts"
    shown = client.get(path).json
    assert (shown["promptCaptureEnabled"], shown["enabled"], shown["systemMaxPromptLength"]) == (
        True,
        True,
        SYSTEM_LIMIT,
    )


@pytest.mark.parametrize("limit", [0, SYSTEM_LIMIT + 1, "many"])
def test_impossible_limits_are_refused(client: Client, limit: Any) -> None:
    path = f"/profitstream/v2/api/teams/{client.installed.team}/settings/prompts"
    body = json.dumps({"maxPromptLength": limit, "systemMaxPromptLength": 1}).encode()
    answer = client.send("PUT", path, body, {}, {})
    assert answer.status == 400
    assert [fault["field"] for fault in answer.json["errors"]] == ["maxPromptLength"]


def test_only_administrators_may_switch_it(client: Client) -> None:
    tenant, team = client.installed.tenant, client.installed.team
    _, writer = key_service.create_key(client.world, tenant, team, "w", KeyKind.WRITE)
    path = f"/profitstream/v2/api/teams/{team}/settings/prompts"
    assert client.send("PUT", path, b"{}", {}, {"x_api_key": writer}).status == 403
    assert client.get(path, x_api_key=writer).status == 200
    stranger = Client(client.world)
    assert client.get(path, x_api_key=stranger.key).status == 404
    assert client.send("PUT", path, b"{}", {}, {"x_api_key": stranger.key}).status == 404
    assert client.get("/profitstream/v2/api/teams/no!id/settings/prompts").status == 400
