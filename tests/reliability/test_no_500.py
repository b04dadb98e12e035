"""Whatever is sent, the caller is told what is wrong with it: no operation answers 500, or what it
does not declare.

Made from the declared operations, so that a new operation is held to it at once.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.kit.clock import iso
from chalicelib.kit.http.bodies import JSON, MULTIPART, PROTOBUF
from chalicelib.kit.http.messages import Request
from chalicelib.kit.http.operations import Operation
from chalicelib.kit.ids import new_id
from chalicelib.ports.world import World
from functions import table
from functions.families import PLATFORM
from infra.local.world import build
from tests.api.test_round_trips import bodies
from tests.catalog.records import BASE, Records
from tests.conftest import NOON
from tests.models.samples import image, model
from tests.support.bodies import completion
from tests.support.client import Client

OPERATIONS = [operation for router in table.routers() for operation in router.operations]
LONG, DEEP, WIDE = "x" * 70_000, "[" * 2_000 + "]" * 2_000, "1" * 5_000
ODD = [
    "null", "true", "-1", "0", "0.1", "1e308", "1e999", "-1e999", str(2**63), str(2**70), WIDE,
    "NaN", "Infinity",
    '""', '" "', '"x"', '"\\u0000"', '"\\ud800"', '"😀\\u202e"', f'"{LONG}"',
    '"9999-12-31T23:59:59.999Z"',
    '"0001-01-01T00:00:00+23:59"', '"2026-02-30"', '"NaN"', '"1e999"', f'"{WIDE}"', "[]", "{}",
    "[null]", "[[]]",
    '["x"]', '["\\u0000", 1]', "[{}]", '{"id": null}', '{"": {"": []}}', DEEP,
]  # fmt: skip
"""JSON texts that a member may have; not all are JSON."""
SHARE, SHARE_OF_GOOD = 9, 4
"""Each place gets every ninth text, or fourth, and its neighbour begins with another one: all would
take minutes."""
WHOLE = [
    b"",
    b"{",
    b"\xff\xfe{}",
    b"\x1f\x8b\x08 is no gzip",
    b"\x00",
    *(text.encode("utf-8") for text in ODD),
]
WORDS = [
    "", " ", "x", "\x00", "-1", "0", "1", "101", "1e3", str(2**63), WIDE, "NaN", "Infinity",
    "-Infinity", "true",
    "null", "%", "_", "'", "😀\u202e", "name,asc", "name,up", ",", "id,desc,x",
    "9999-12-31T23:59:59.999Z",
    "2026-01-01", "0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59Z", "2026-02-30T00:00:00Z",
    "x" * 5_000,
]  # fmt: skip
PLAIN_JOB = {"agenticJobId": "job-1", "name": "n", "type": "t"}
OUTCOME = {
    "executionStatus": "SUCCESS", "outcomeType": "CONVERTED", "outcomeValue": 1,
    "metrics": [{"key": "k", "value": 1}],
}  # fmt: skip


class Answers:
    """Sends as somebody who may do everything, and holds what comes back against the
    declarations."""

    def __init__(self, client: Client) -> None:
        self.client = client
        installed = client.installed
        self.key = create_key(
            client.world,
            installed.tenant,
            installed.team,
            "all",
            KeyKind.WRITE,
            scopes=frozenset(Permission),
        )[1]

    def send(
        self,
        operation: Operation,
        path: str,
        data: bytes = b"",
        query: Any = None,
        media: str = JSON,
    ) -> None:
        if media == PROTOBUF:  # answered in protobuf, which no schema describes
            headers = {"x-api-key": self.key, "content-type": media}
            response = self.client.dispatch(
                Request(operation.method, path, headers, [], data, "test-request")
            )
            assert response.status < 500, data[:200]
            return
        asked = f"{operation.method} {path[:200]} {str(query)[:200]} {data[:200]!r}"
        try:
            answer = self.client.send(
                operation.method, path, data, query, {"x_api_key": self.key, "content_type": media}
            )
        except AssertionError as error:
            raise AssertionError(f"{asked}: {error}") from error
        told = f"{asked}: {answer.body[:300]!r}"
        assert answer.status < 500, told
        if answer.status >= 400:
            body = answer.json
            assert body["requestId"] == "test-request", told
            assert body["message"] if "message" in body else body["detail"], told
            assert (
                answer.status != 400 or body.get("errors") or body["code"] == "INVALID_TEAM_ID"
            ), told


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    world: World = replace(build(tmp_path_factory.mktemp("data")), now=lambda: NOON)
    return Answers(Client(world))


@pytest.fixture(scope="module")
def known(answers: Answers) -> dict[str, tuple[str, dict[str, Any]]]:
    """A record of each collection: its id, and the body that it was made of."""
    client = answers.client
    made = {
        path: (Records(client, path).make(**body)["id"], body)
        for path, body in bodies(client).items()
    }
    rated = Records(client, "sources/ai/models").make(**model())["id"]
    Records(client, "jobs").make(**PLAIN_JOB)
    return made | {"sources/ai/models": (rated, model()), "jobs": ("job-1", PLAIN_JOB)}


def collection(operation: Operation) -> str:
    return operation.path.removeprefix(f"{BASE}/").partition("/{")[0]


def place(operation: Operation, record: str) -> str:
    """The operation's path with an id in the place of all its parameters."""
    return "/".join(
        record if part.startswith("{") else part for part in operation.shown_path.split("/")
    )


def sample(operation: Operation, known: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """A body that is as good as any."""
    if operation.path.endswith("/outcome"):
        return OUTCOME
    if "/pricing/dimensions" in operation.path:
        return image()
    if operation.path.startswith("/meter/"):
        return completion(
            toolId="t", timestamp=iso(NOON), operationType="VIDEO", method="GET", resource="/"
        )
    return known.get(collection(operation), ("", {}))[1]


def mutants(operation: Operation, good: dict[str, Any]) -> Iterator[bytes]:
    """The good body with each of its members, and of those it could have, replaced; then all of
    them at once."""
    assert operation.body
    names = [field.alias or name for name, field in operation.body.model_fields.items()]
    names = list(dict.fromkeys([*good, *names]))
    begin = OPERATIONS.index(operation)
    for at, name in enumerate(names, begin):
        rest = json.dumps({other: value for other, value in good.items() if other != name})[1:-1]
        share = SHARE_OF_GOOD if name in good and operation.family is PLATFORM else SHARE
        every = ODD[at % share :: share]
        yield from (f'{{"{name}": {odd}{", " if rest else ""}{rest}}}'.encode() for odd in every)
    yield from (
        ("{" + ", ".join(f'"{name}": {odd}' for name in names) + "}").encode() for odd in ODD
    )


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation.media],
    ids=lambda operation: operation.operation_id,
)
def test_no_body_breaks_a_door(
    answers: Answers, known: dict[str, tuple[str, dict[str, Any]]], operation: Operation
) -> None:
    path = place(operation, known.get(collection(operation), (answers.client.installed.team,))[0])
    for media in operation.media:
        for data in WHOLE:
            answers.send(operation, path, data, media=media)
    if MULTIPART in operation.media:
        for head in (
            "",
            "name=file",
            'name="file"; filename="\u202e.png"',
            "name=\"\"; filename*=utf-8''%FF",
        ):
            for content in ("", "\x89PNG\r\n\x1a\n", "x"):
                part = (
                    f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n--b--\r\n"
                )
                answers.send(
                    operation,
                    path,
                    part.encode("latin-1", "ignore"),
                    media=f"{MULTIPART}; boundary=b",
                )
    elif operation.body:
        for data in mutants(operation, sample(operation, known)):
            answers.send(operation, path, data)


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation.query],
    ids=lambda operation: operation.operation_id,
)
def test_no_query_breaks_a_door(
    answers: Answers, known: dict[str, tuple[str, dict[str, Any]]], operation: Operation
) -> None:
    assert operation.query
    if operation.method not in ("GET", "POST"):
        return
    path = place(operation, known.get(collection(operation), (new_id(),))[0])
    names = [field.alias or name for name, field in operation.query.model_fields.items()]
    for at, name in enumerate(names, OPERATIONS.index(operation)):
        for word in WORDS[at % SHARE :: SHARE]:
            answers.send(operation, path, b"{}" if operation.body else b"", [(name, word)])
        answers.send(operation, path, b"{}" if operation.body else b"", [(name, "x")] * 300)
    for word in WORDS[OPERATIONS.index(operation) % 2 :: 2]:
        answers.send(
            operation,
            path,
            b"{}" if operation.body else b"",
            [(name, word) for name in [*names, "unknown"] * 2],
        )


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if "{" in operation.path],
    ids=lambda operation: operation.operation_id,
)
def test_no_id_breaks_a_door(answers: Answers, operation: Operation) -> None:
    for word in [*WORDS, "..", "a/b", "a%2Fb", "%FF", new_id(), new_id()[:-1], "rates", "me"]:
        for text in {quote(word, safe=""), quote(word, safe="%/")}:
            answers.send(
                operation, place(operation, text or "%20"), b"{}" if operation.body else b""
            )
