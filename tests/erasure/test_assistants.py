"""A person and their login at GitHub leave what was read about coding assistants."""

import json
from typing import Any

import pytest

from chalicelib.assistants.contribution_days import read_days, write_day
from chalicelib.assistants.contribution_records import Contribution
from chalicelib.assistants.mapping_records import MAPPING, note_found, read_mappings
from chalicelib.assistants.pull_records import PULL_REQUEST, PullRequest
from chalicelib.erasure.service import erase
from chalicelib.erasure.subject import identify
from chalicelib.erasure.task import Task
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.world import World
from tests.support.client import Client
from tests.support.clock import Clock

pytestmark = pytest.mark.parametrize("world", ["local"], indirect=True)
MAPPINGS = "/profitstream/v2/api/github-user-mappings"


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


def put(client: Client, email: str, login: str) -> Any:
    body = json.dumps({"email": email, "githubLogin": login}).encode()
    return client.send("PUT", MAPPINGS, body, None, {}).json


def store_pull(client: Client, number: int, login: str, at: int) -> None:
    pull = PullRequest("acme/api", number, login, at, at, (), "d")
    doc = pull.to_doc()
    record = Record(PULL_REQUEST, str(number), doc, str(number), reference=doc["reference"])
    client.world.documents.create(client.installed.team, record)


def erase_person(client: Client, who: str) -> None:
    world, team = client.world, client.installed.team
    erase(Task(world, team, identify(world, team, who)), "test")


def everything(client: Client) -> str:
    world, team = client.world, client.installed.team
    texts = [f"{each.name} {json.dumps(dict(each.doc))}" for each in world.documents.every(team)]
    files = [world.lake.get(team, each.path) for each in world.lake.list(team, "claude_code")]
    return "".join(texts) + b"".join(files).decode()


def test_no_address_and_no_login_is_left(client: Client, clock: Clock) -> None:
    world, team = client.world, client.installed.team
    put(client, "Anna@acme.example", "wrong-anna")
    put(client, "anna@acme.example", "anna-codes")
    put(client, "bob@acme.example", "bob")
    note_found(world, team, "annabel@acme.example", "annabel")
    store_pull(client, 1, "Anna-Codes", clock())
    store_pull(client, 2, "bob", clock())
    rows = [
        Contribution(email="anna@acme.example", commits=2),
        Contribution(email="bob@acme.example", commits=3),
    ]
    write_day(world, team, "2026-11-20", rows)
    write_day(world, team, "2026-11-21", [Contribution(email="bob@acme.example")])
    assert "anna-codes" in everything(client).lower()
    erase_person(client, "anna@acme.example")
    left = everything(client).lower()
    assert "anna@acme.example" not in left
    assert "anna-codes" not in left
    assert "wrong-anna" not in left
    assert [each.email for each in read_mappings(world, team)] == [
        "annabel@acme.example",
        "bob@acme.example",
    ]
    pulls = [PullRequest.of(each.doc) for each in walk(world.documents, team, PULL_REQUEST)]
    logins = sorted(str(each.login) for each in pulls)
    assert (logins[0], logins[1].startswith("erased-")) == ("bob", True)
    (first, second) = read_days(world, team, "2026-11-20", "2026-11-21")
    assert [row.commits for row in first[1]] == [2, 3], "the figures stay"
    assert first[1][0].email.startswith("erased-")
    assert second[1][0].email == "bob@acme.example"


def test_a_mapping_that_was_deleted_goes_too(client: Client) -> None:
    made = put(client, "anna@acme.example", "anna-codes")
    client.send("DELETE", f"{MAPPINGS}/{made['id']}", b"", None, {})
    erase_person(client, "anna@acme.example")
    assert "anna" not in everything(client)
    assert client.world.documents.get(client.installed.team, MAPPING, made["id"]) is None
