"""Connections to GitHub over HTTP: tokens are checked, kept sealed, and seen nowhere."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.assistants.states import take
from chalicelib.kit.clock import MINUTE
from chalicelib.ports.world import World
from tests.assistants.github import PATH, TOKEN, FakeGitHub, FakePull, fake_github, reach
from tests.support.client import Answer, Client
from tests.support.clock import Clock
from tests.support.provider import Answer as Told

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with fake_github() as serving:
        serving.repositories["acme/api"] = [FakePull(1, "ida", 1, 1)]
        yield serving


@pytest.fixture
def client(world: World, github: FakeGitHub, tmp_path: Path) -> Client:
    return Client(reach(world, github.provider, tmp_path))


def connect(client: Client, **more: Any) -> Answer:
    return client.post(PATH, {"integrationType": "GITHUB", "token": TOKEN, **more})


def send(client: Client, method: str, path: str, body: Any = None) -> Answer:
    return client.send(method, path, json.dumps(body).encode() if body else b"", None, {})


def listed(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(PATH).json["_embedded"][
        "integrationCredentialResourceList"
    ]
    return found


def everything(client: Client) -> str:
    team = client.installed.team
    return "".join(json.dumps(dict(each.doc)) for each in client.world.documents.every(team))


def test_a_token_is_kept_and_seen_nowhere(client: Client, github: FakeGitHub) -> None:
    made = connect(client, name="Ours", metadata={"allowedRepos": ["acme/api"]})
    assert made.status == 200
    row = made.json
    assert (row["status"], row["accountLogin"], row["name"]) == ("VALID", "bot", "Ours")
    assert row["metadata"] == {"allowedRepos": ["acme/api"]}
    assert (row["resourceType"], row["lastSyncStatus"]) == ("integration.credential", None)
    assert listed(client) == [row]
    (asked,) = github.asked("/user")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert (asked.headers["accept"], asked.headers["user-agent"]) == (
        "application/vnd.github+json",
        "Meterlake",
    )
    assert TOKEN not in everything(client) + made.body.decode()


def test_a_second_token_takes_the_place_of_the_first(client: Client, github: FakeGitHub) -> None:
    first = connect(client, name="Ours", metadata={"organization": "acme"}).json
    github.token = "ghp_another"
    again = client.post(PATH, {"integration_type": "GITHUB", "token": "ghp_another"}).json
    assert (again["id"], again["name"]) == (first["id"], "Ours")
    assert again["metadata"] == {"organization": "acme"}
    assert len(listed(client)) == 1


def test_a_refused_token_changes_nothing(client: Client, github: FakeGitHub) -> None:
    refused = client.post(PATH, {"integrationType": "GITHUB", "token": "ghp_wrong"})
    assert (refused.status, refused.json["code"]) == (422, "CREDENTIAL_REFUSED")
    assert (listed(client), "ghp_wrong" in refused.body.decode()) == ([], False)
    github.broken["/user"] = Told(b"<html>", 200)
    assert connect(client).status == 502
    github.broken["/user"] = Told({}, 503)
    assert connect(client).status == 502
    assert listed(client) == []


def test_what_a_token_does_not_see_is_a_warning(client: Client, github: FakeGitHub) -> None:
    unseen = connect(client, metadata={"allowedRepos": ["acme/api", "acme/gone"]}).json
    assert unseen["status"] == "WARNING"
    assert "acme/gone" in unseen["validationMessage"]
    github.scopes = "public_repo"
    public = connect(client, metadata={"organization": "elsewhere"}).json
    assert public["status"] == "WARNING"
    assert "elsewhere" in public["validationMessage"]
    assert "scope repo" in public["validationMessage"]


def test_metadata_is_changed_member_by_member(client: Client, github: FakeGitHub) -> None:
    made = connect(client, metadata={"allowedRepos": ["acme/api"], "organization": "acme"}).json
    path = f"{PATH}/{made['id']}"
    asked = len(github.provider.asked)
    changed = send(client, "PATCH", f"{path}/metadata", {"claudeCoAuthorPatterns": ["^x"]}).json
    assert changed["metadata"] == {
        "allowedRepos": ["acme/api"],
        "organization": "acme",
        "claudeCoAuthorPatterns": ["^x"],
    }
    cleared = send(client, "PATCH", path, {"metadata": {"allowedRepos": []}}).json
    assert cleared["metadata"]["allowedRepos"] == []
    put = send(client, "PUT", f"{path}/metadata", {"organization": "other"}).json
    assert (put["metadata"]["organization"], put["metadata"]["allowedRepos"]) == ("other", [])
    assert len(github.provider.asked) == asked


@LOCAL
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["integrationType", "token"]),
        ({"integrationType": "GITLAB", "token": "x"}, ["integrationType"]),
        ({"integrationType": "SVN", "token": "two\nlines"}, ["integrationType", "token"]),
        (
            {
                "integrationType": "GITHUB",
                "token": "x",
                "metadata": {
                    "allowedRepos": ["acme", "../..", "a/b"],
                    "claudeCoAuthorPatterns": ["(a+", "(?=x)", "fine"],
                    "organization": "a b",
                },
            },
            [
                "metadata.allowedRepos.0",
                "metadata.allowedRepos.1",
                "metadata.claudeCoAuthorPatterns.0",
                "metadata.claudeCoAuthorPatterns.1",
                "metadata.organization",
            ],
        ),
        (
            {
                "integrationType": "GITHUB",
                "token": "x",
                "metadata": {"allowedRepos": ["a/b"] * 101},
            },
            ["metadata.allowedRepos"],
        ),
    ],
)
def test_bad_input_names_its_fields(
    client: Client, github: FakeGitHub, body: Any, fields: list[str]
) -> None:
    answer = client.post(PATH, body)
    assert answer.status == 400
    assert sorted(each["field"] for each in answer.json["errors"]) == sorted(fields)
    assert github.provider.asked == []


def test_a_connection_goes_with_its_token(client: Client, github: FakeGitHub) -> None:
    made = connect(client).json["id"]
    team = client.installed.team
    gone = send(client, "DELETE", f"{PATH}/{made}")
    assert (gone.status, gone.json["id"]) == (200, made)
    assert listed(client) == []
    record = client.world.documents.get(team, "INTEGRATION_CREDENTIAL", made)
    assert record is not None
    assert (record.deleted, record.doc["token"]) == (True, "")
    assert send(client, "DELETE", f"{PATH}/{made}").status == 404
    assert client.post(f"{PATH}/{made}/sync", b"").status == 404
    assert connect(client).json["id"] != made


def test_asking_for_a_sync(client: Client, github: FakeGitHub, clock: Clock) -> None:
    made = connect(client).json["id"]
    asked = client.post(f"{PATH}/{made}/sync", b"")
    assert (asked.status, asked.json["status"]) == (202, "ACCEPTED")
    assert asked.json["credentialId"] == made
    take(client.world, client.installed.team, made)
    assert listed(client)[0]["lastSyncStatus"] == "RUNNING"
    assert client.post(f"{PATH}/{made}/sync", b"").status == 409
    clock.move(21 * MINUTE)
    assert listed(client)[0]["lastSyncStatus"] is None
    github.broken["/user"] = Told({}, 503)
    assert client.post(f"{PATH}/{made}/sync", b"").status == 202


def test_a_token_that_is_refused_by_now(client: Client, github: FakeGitHub) -> None:
    made = connect(client).json["id"]
    github.token = "rotated"
    refused = client.post(f"{PATH}/{made}/sync", b"")
    assert (refused.status, refused.json["code"]) == (422, "CREDENTIAL_REFUSED")
    row = listed(client)[0]
    assert row["status"] == "INVALID"
    assert "refuses the token" in row["validationMessage"]
    github.token = TOKEN
    assert client.post(f"{PATH}/{made}/sync", b"").status == 202
    assert listed(client)[0]["status"] == "VALID"


def test_other_paths_lead_to_the_same(client: Client, github: FakeGitHub) -> None:
    other = "/profitstream/v2/api/integrations/credentials"
    made = client.post(other, {"integrationType": "GITHUB", "token": TOKEN}).json
    assert client.get(other).json["_embedded"] == client.get(PATH).json["_embedded"]
    assert client.post(f"{other}/{made['id']}/sync", b"").status == 202
    put = send(client, "PUT", PATH, {"integrationType": "GITHUB", "token": TOKEN})
    assert put.json["id"] == made["id"]
    assert send(client, "DELETE", f"{other}/{made['id']}").status == 200
