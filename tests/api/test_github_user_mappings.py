"""Which login belongs to which address: what people say stays."""

import json
from typing import Any

import pytest

from chalicelib.assistants.mapping_records import emails_by_login, note_found, read_mappings
from chalicelib.kit.clock import DAY
from tests.support.client import Answer, Client

PATH = "/profitstream/v2/api/github-user-mappings"


def put(client: Client, path: str = PATH, **body: Any) -> Answer:
    return client.send("PUT", path, json.dumps(body).encode(), None, {})


def listed(client: Client, **query: Any) -> list[dict[str, Any]]:
    return client.get(PATH, query).json["_embedded"]["githubUserMappingResourceList"]


def test_an_address_is_known_whatever_its_case(client: Client) -> None:
    made = put(client, email="Ida@Halden.Example", githubLogin="@Ida-Holm").json
    assert (made["email"], made["githubLogin"]) == ("ida@halden.example", "Ida-Holm")
    assert (made["source"], made["resourceType"]) == ("MANUAL", "github.user.mapping")
    again = put(client, email="ida@halden.example", githubLogin="ida-holm").json
    assert (again["id"], again["githubLogin"]) == (made["id"], "Ida-Holm")
    other = client.post(PATH, {"email": "ida@halden.example", "githubLogin": "ida2"}).json
    assert (other["id"], other["githubLogin"]) == (made["id"], "ida2")
    assert [row["id"] for row in listed(client)] == [made["id"]]


def test_a_sync_never_overwrites_what_a_person_said(client: Client, clock: Any) -> None:
    world, team = client.world, client.installed.team
    note_found(world, team, "Per@x.example", "per")
    note_found(world, team, "nobody@x.example", None)
    assert [(row["email"], row["githubLogin"], row["source"]) for row in listed(client)] == [
        ("nobody@x.example", None, "AUTO"),
        ("per@x.example", "per", "AUTO"),
    ]
    put(client, email="per@x.example", githubLogin="the-real-per")
    note_found(world, team, "per@x.example", "per")
    assert listed(client)[1]["githubLogin"] == "the-real-per"
    found = {each.email: each for each in read_mappings(world, team)}
    nobody = found["nobody@x.example"]
    assert (nobody.is_open(clock()), nobody.is_open(clock() + 7 * DAY)) == (False, True)
    assert not found["per@x.example"].is_open(clock() + 70 * DAY)


def test_pages_come_in_the_order_of_addresses(client: Client) -> None:
    for name in ("c", "a", "b"):
        put(client, email=f"{name}@x.example", githubLogin=name)
    assert [row["githubLogin"] for row in listed(client)] == ["a", "b", "c"]
    page = client.get(PATH, {"size": 2, "page": 1}).json
    assert (len(page["_embedded"]["githubUserMappingResourceList"]), page["page"]["last"]) == (
        1,
        True,
    )
    newest = [row["githubLogin"] for row in listed(client, sort="email,desc")]
    assert newest == ["c", "b", "a"]
    assert client.get(PATH, {"sort": "password"}).status == 400


def test_a_mapping_is_forgotten(client: Client) -> None:
    made = put(client, email="ida@x.example", githubLogin="ida").json["id"]
    gone = client.send("DELETE", f"{PATH}/{made}", b"", None, {})
    assert (gone.status, gone.json["id"]) == (200, made)
    assert client.send("DELETE", f"{PATH}/{made}", b"", None, {}).status == 404
    note_found(client.world, client.installed.team, "ida@x.example", "ida-new")
    assert [row["githubLogin"] for row in listed(client)] == ["ida-new"]


def test_the_path_may_name_the_mapping(client: Client) -> None:
    made = put(client, email="ida@x.example", githubLogin="ida").json["id"]
    changed = put(client, f"{PATH}/{made}", email="ida@x.example", githubLogin="ida3")
    assert changed.json["githubLogin"] == "ida3"
    wrong = put(client, f"{PATH}/{made}", email="per@x.example", githubLogin="per")
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (400, "email")
    theirs = Client(client.world)
    assert put(theirs, f"{PATH}/{made}", email="ida@x.example", githubLogin="e").status == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "githubLogin"]),
        ({"email": "nobody", "githubLogin": "-x"}, ["email", "githubLogin"]),
        ({"email": "a@" + "x" * 260, "githubLogin": "x" * 40}, ["email", "githubLogin"]),
        ({"email": "a@x.example", "githubLogin": "two words"}, ["githubLogin"]),
    ],
)
def test_bad_input_names_its_fields(client: Client, body: Any, fields: list[str]) -> None:
    answer = put(client, **body)
    assert answer.status == 400
    assert [each["field"] for each in answer.json["errors"]] == fields


def test_of_two_addresses_the_one_that_was_said_is_shown(client: Client) -> None:
    world, team = client.world, client.installed.team
    note_found(world, team, "a@x.example", "Ida")
    note_found(world, team, "b@x.example", "ida")
    assert emails_by_login(read_mappings(world, team)) == {"ida": "a@x.example"}
    put(client, email="c@x.example", githubLogin="IDA")
    assert emails_by_login(read_mappings(world, team)) == {"ida": "c@x.example"}
