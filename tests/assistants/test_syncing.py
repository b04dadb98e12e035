"""Reading merged pull requests: what is read, what is not asked again, and what GitHub may do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.assistants.mapping_records import read_mappings
from chalicelib.assistants.pull_records import PULL_REQUEST, PullRequest
from chalicelib.assistants.readings import Reading, read_reading
from chalicelib.assistants.records import read_integrations
from chalicelib.assistants.states import Busy, free_readings, take
from chalicelib.assistants.syncing import LeaseLost, sync, sync_due, sync_team
from chalicelib.kit.clock import DAY, HOUR, MINUTE, iso
from chalicelib.ports.documents import walk
from chalicelib.ports.world import World
from tests.assistants.github import CLAUDE, PATH, TOKEN, FakeGitHub, FakePull, fake_github, reach
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.provider import Answer, Asked

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
FOREVER = {"Retry-After": "3600"}


@pytest.fixture
def github(clock: Clock) -> Iterator[FakeGitHub]:
    now = clock()
    with fake_github() as serving:
        serving.size = 2
        serving.repositories = {
            "acme/api": [
                FakePull(1, "ida", now - 100 * DAY, now - 100 * DAY),
                FakePull(2, "ida", now - 30 * DAY, now - 30 * DAY, ["A", CLAUDE]),
                FakePull(3, "per", now - 2 * DAY, now - DAY),
                FakePull(4, "per", None, now - DAY),
                FakePull(5, None, now - 3 * DAY, now - 3 * DAY, ["x\nCo-authored-by: Codex <c@x>"]),
            ],
            "acme/web": [FakePull(1, "ida", now - DAY, now - DAY)],
        }
        yield serving


@pytest.fixture
def client(world: World, github: FakeGitHub, tmp_path: Path) -> Client:
    return Client(reach(world, github.provider, tmp_path))


def connect(client: Client, **metadata: Any) -> str:
    body = {"integrationType": "GITHUB", "token": TOKEN, "metadata": metadata}
    return str(client.post(PATH, body).json["id"])


def change(client: Client, record_id: str, body: bytes) -> None:
    answer = client.send("PATCH", f"{PATH}/{record_id}/metadata", body, None, {})
    assert answer.status == 200


def read(client: Client) -> dict[str, int]:
    return sync_team(client.world, client.installed.tenant, client.installed.team)


def row(client: Client) -> dict[str, Any]:
    (found,) = client.get(PATH).json["_embedded"]["integrationCredentialResourceList"]
    return dict(found)


def reading(client: Client, record_id: str) -> Reading:
    return read_reading(client.world.documents, client.installed.team, record_id)


def merged(client: Client) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    records = walk(client.world.documents, client.installed.team, PULL_REQUEST)
    pulls = [PullRequest.of(record.doc) for record in records]
    return {f"{each.repository}#{each.number}": (each.login, each.assistants) for each in pulls}


ALL = {
    "acme/api#2": ("ida", ("claude-code",)),
    "acme/api#3": ("per", ()),
    "acme/api#5": (None, ("codex-cli",)),
    "acme/web#1": ("ida", ()),
}


def test_a_first_pass_goes_so_far_back(client: Client, github: FakeGitHub, clock: Clock) -> None:
    made = connect(client)
    assert read(client) == {"synced": 1, "failed": 0}
    assert merged(client) == ALL
    shown = row(client)
    assert (shown["lastSyncStatus"], shown["lastSyncError"]) == ("SUCCESS", None)
    assert (shown["status"], shown["lastSyncedAt"]) == ("VALID", iso(clock()))
    noted = reading(client, made)
    assert (noted.total, noted.synced, noted.begun_at) == (2, 2, 0)
    assert (noted.cursor, noted.first) == (clock(), clock() - 90 * DAY)


@LOCAL
def test_what_is_older_is_not_asked_for(client: Client, github: FakeGitHub, clock: Clock) -> None:
    old = clock() - 200 * DAY
    github.repositories["acme/api"] += [FakePull(100 + at, "ida", old, old) for at in range(20)]
    connect(client)
    read(client)
    assert merged(client) == ALL
    assert len(github.asked("/repos/acme/api/pulls")) == 3 + len(
        github.asked("/repos/acme/api/pulls/")
    ), "three pages, and the commits"


def test_a_repeated_pass_changes_nothing(client: Client, github: FakeGitHub, clock: Clock) -> None:
    connect(client)
    read(client)
    assert read(client) == {"synced": 0, "failed": 0}
    records = list(walk(client.world.documents, client.installed.team, PULL_REQUEST))
    clock.move(HOUR)
    begun = len(github.provider.asked)
    assert read(client)["synced"] == 1
    assert not [each for each in github.provider.asked[begun:] if "commits" in each.path]
    assert list(walk(client.world.documents, client.installed.team, PULL_REQUEST)) == records


def test_a_later_pass_reads_what_is_new(client: Client, github: FakeGitHub, clock: Clock) -> None:
    connect(client)
    read(client)
    clock.move(HOUR)
    now = clock()
    github.repositories["acme/web"].append(FakePull(2, "new", now, now, [CLAUDE]))
    github.repositories["acme/old"] = [FakePull(1, "ida", now - 80 * DAY, now - 80 * DAY)]
    github.pushed["acme/old"] = now - 80 * DAY
    begun = len(github.provider.asked)
    read(client)
    assert merged(client) == {**ALL, "acme/web#2": ("new", ("claude-code",))}
    assert not [each for each in github.provider.asked[begun:] if "acme/old" in each.path]
    clock.move(8 * DAY)
    read(client)
    assert "acme/old#1" in merged(client), "once a week all the way back"


def test_other_patterns_are_held_against_what_is_known(
    client: Client, github: FakeGitHub, clock: Clock
) -> None:
    made = connect(client)
    read(client)
    change(client, made, b'{"claudeCoAuthorPatterns": ["^A$"]}')
    github.repositories["acme/api"][1].messages = ["A"]
    clock.move(HOUR)
    read(client)
    assert merged(client) == ALL
    github.repositories["acme/api"][1].messages = ["B"]
    change(client, made, b'{"claudeCoAuthorPatterns": ["^C$"]}')
    clock.move(HOUR)
    read(client)
    assert merged(client)["acme/api#2"] == ("ida", ())


@LOCAL
def test_only_some_repositories_are_read(client: Client, github: FakeGitHub) -> None:
    made = connect(client, allowedRepos=["acme/web", "acme/gone"])
    read(client)
    assert set(merged(client)) == {"acme/web#1"}
    assert github.asked("/user/repos") == []
    shown = row(client)
    assert (shown["status"], shown["lastSyncStatus"]) == ("WARNING", "PARTIAL")
    assert "acme/gone" in shown["lastSyncError"]
    noted = reading(client, made)
    assert (noted.total, noted.synced, noted.cursor > 0) == (2, 1, True)


@LOCAL
def test_an_organization_that_is_not_seen(client: Client, github: FakeGitHub) -> None:
    connect(client, organization="elsewhere")
    assert read(client) == {"synced": 0, "failed": 1}
    assert "/orgs/elsewhere" in row(client)["lastSyncError"]


def test_throttling_leaves_what_was_read_and_goes_on(
    client: Client, github: FakeGitHub, clock: Clock
) -> None:
    made = connect(client)
    github.broken["/repos/acme/web/pulls"] = Answer({}, 429, FOREVER)
    read(client)
    assert set(merged(client)) == {"acme/api#2", "acme/api#3", "acme/api#5"}
    shown = row(client)
    assert (shown["lastSyncStatus"], shown["status"]) == ("PARTIAL", "VALID")
    assert "3600 seconds" in shown["lastSyncError"]
    assert reading(client, made).cursor == 0
    assert read(client) == {"synced": 0, "failed": 0}, "it is left alone for a while"
    clock.move(HOUR)
    begun = len(github.provider.asked)
    github.broken.clear()
    read(client)
    assert merged(client) == ALL
    assert not [each for each in github.provider.asked[begun:] if "acme/api" in each.path]
    assert row(client)["lastSyncStatus"] == "SUCCESS"
    assert reading(client, made).cursor == clock() - HOUR, "when the pass began"


@LOCAL
@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Answer(b"<html>" * 1_000_000), "not JSON"),
        (Answer(b'[{"number": 1, "upd'), "not JSON"),
        (Answer({"message": "hello"}), "no list"),
        (Answer([{"number": "x", "updated_at": "2026-11-24T00:00:00Z"}]), "number"),
        (Answer([{"number": 1, "updated_at": "yesterday"}]), "no time"),
        (Answer({}, 400), "status 400"),
    ],
    ids=["html", "half", "object", "number", "time", "status"],
)
def test_what_is_no_answer_leaves_what_was_known(
    client: Client, github: FakeGitHub, clock: Clock, told: Answer, words: str
) -> None:
    made = connect(client)
    read(client)
    cursor = reading(client, made).cursor
    clock.move(HOUR)
    github.broken["/repos/acme/api/pulls"] = told
    now = clock()
    github.repositories["acme/web"].append(FakePull(2, "new", now, now))
    read(client)
    shown = row(client)
    assert (shown["lastSyncStatus"], shown["status"]) == ("PARTIAL", "VALID")
    assert words in shown["lastSyncError"]
    assert merged(client) == {**ALL, "acme/web#2": ("new", ())}
    assert reading(client, made).cursor == cursor, "what failed is looked for from there again"
    github.broken = {github.everything: told}
    clock.move(HOUR)
    assert read(client) == {"synced": 0, "failed": 1}
    assert row(client)["lastSyncStatus"] == "FAILED"
    assert len(merged(client)) == 5


@LOCAL
def test_pages_that_lead_nowhere(client: Client, github: FakeGitHub, clock: Clock) -> None:
    connect(client, allowedRepos=["acme/api", "acme/web"])
    url, path = github.provider.url, "/repos/acme/api/pulls"
    rows = [{"number": 4, "merged_at": None, "updated_at": iso(clock())}]
    github.broken[path] = Answer(rows, headers={"Link": f'<{url}{path}?page=2>; rel="next"'})
    read(client)
    assert "circle" in row(client)["lastSyncError"]
    clock.move(HOUR)
    elsewhere = "http://127.0.0.1:1/steal"
    github.broken[path] = Answer(rows, headers={"Link": f'<{elsewhere}>; rel="next"'})
    read(client)
    assert "another address" in row(client)["lastSyncError"]


def test_a_token_that_is_revoked_during_a_sync(
    client: Client, github: FakeGitHub, clock: Clock
) -> None:
    connect(client)
    read(client)
    clock.move(HOUR)
    github.token = "revoked"
    assert read(client) == {"synced": 0, "failed": 1}
    shown = row(client)
    assert (shown["status"], shown["lastSyncStatus"]) == ("INVALID", "FAILED")
    assert "refuses the token" in shown["validationMessage"]
    assert merged(client) == ALL
    clock.move(DAY)
    begun = len(github.provider.asked)
    assert read(client) == {"synced": 0, "failed": 0}
    assert len(github.provider.asked) == begun, "nobody knocks with it again"
    github.token = TOKEN
    connect(client)
    assert read(client)["synced"] == 1
    assert row(client)["status"] == "VALID"


def test_a_connection_that_goes_meanwhile(client: Client, github: FakeGitHub) -> None:
    made = connect(client)
    team = client.installed.team

    def serve(asked: Asked) -> Answer:
        if asked.path.endswith("/2/commits"):
            client.send("DELETE", f"{PATH}/{made}", b"", None, {})
        return github.serve(asked)

    github.provider.script_all(serve)
    (integration,) = read_integrations(client.world.documents, team)
    with pytest.raises(LeaseLost):
        sync(client.world, client.installed.tenant, team, integration)
    record = client.world.documents.get(team, "INTEGRATION_CREDENTIAL", made)
    assert record is not None
    assert (record.deleted, record.doc["token"], record.doc["status"]) == (True, "", "VALID")
    assert read(client) == {"synced": 0, "failed": 0}


def test_one_at_a_time_and_the_dead_give_way(client: Client, clock: Clock) -> None:
    made, team = connect(client), client.installed.team
    (integration,) = read_integrations(client.world.documents, team)
    take(client.world, team, made)
    with pytest.raises(Busy):
        sync(client.world, client.installed.tenant, team, integration)
    assert read(client) == {"synced": 0, "failed": 0}
    clock.move(21 * MINUTE)
    assert read(client)["synced"] == 0, "it was tried not long ago"
    assert free_readings(client.world) >= 1
    assert free_readings(client.world) == 0
    assert read(client)["synced"] == 1
    assert merged(client) == ALL


@LOCAL
def test_a_pass_that_has_no_time_goes_on(client: Client, github: FakeGitHub, clock: Clock) -> None:
    made = connect(client)
    end = clock() + 1

    def serve(asked: Asked) -> Answer:
        if asked.path == "/repos/acme/web/pulls":
            clock.move(1)
        return github.serve(asked)

    github.provider.script_all(serve)
    sync_due(client.world, until=end)
    assert set(merged(client)) == {"acme/api#2", "acme/api#3", "acme/api#5"}
    assert (row(client)["lastSyncStatus"], reading(client, made).is_wanted) == ("PARTIAL", True)
    read(client)
    assert merged(client) == ALL
    assert row(client)["lastSyncStatus"] == "SUCCESS"


def test_logins_of_known_addresses_are_found(
    client: Client, github: FakeGitHub, clock: Clock
) -> None:
    for name in ("ida", "per", "ole", "two", "none"):
        answer = client.post(
            "/profitstream/v2/api/subscribers",
            {"email": f"{name}@x.example", "subscriberId": name, "roles": []},
        )
        assert answer.status == 200
    api = github.repositories["acme/api"]
    api[1].email, api[2].email, api[4].email = "Ida@x.example", "two@x.example", "a@b.example"
    now = clock()
    api.append(FakePull(6, "other", now, now, email="two@x.example"))
    github.emails = {"commits:per@x.example": "per", "users:ole@x.example": "ole"}
    connect(client)
    read(client)
    found = {each.email: each.login for each in read_mappings(client.world, client.installed.team)}
    found.pop("admin@example.com")
    assert found == {
        "ida@x.example": "ida",
        "none@x.example": None,
        "ole@x.example": "ole",
        "per@x.example": "per",
        "two@x.example": None,
    }, "addresses of strangers are kept nowhere"
    begun = len(github.asked("/search"))
    clock.move(HOUR)
    read(client)
    assert len(github.asked("/search")) == begun, "not again for a week"
    github.emails["users:none@x.example"] = "none"
    clock.move(8 * DAY)
    read(client)
    found = {each.email: each.login for each in read_mappings(client.world, client.installed.team)}
    assert found["none@x.example"] == "none"


@LOCAL
def test_a_search_that_fails_stops_nothing(client: Client, github: FakeGitHub) -> None:
    github.broken["/search/commits"] = Answer({"message": "no"}, 403)
    connect(client)
    assert read(client) == {"synced": 1, "failed": 0}
    assert row(client)["lastSyncStatus"] == "SUCCESS"
