"""The seam: bodies of every kind, both events and WSGI, modules that stand alone."""

import base64
import gzip
import json
from contextlib import ExitStack
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from pydantic import BaseModel

from chalicelib.kit.aside import stand_aside
from chalicelib.kit.errors import Unavailable
from chalicelib.kit.http.bodies import JSON, MULTIPART, PROTOBUF
from chalicelib.kit.http.dispatch import Dispatcher
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.kit.http.trie import Trie
from chalicelib.ports.world import World
from functions import wiring
from functions.families import ANALYTICS, METER
from functions.seam import Call, Seam
from infra.local.turns import Turns
from infra.local.wsgi import wsgi
from tests.support.bodies import completion
from tests.support.client import new_tenant

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
router = Router(METER, "test")
reports = Router(ANALYTICS, "test")


class Numbers(BaseModel):
    numbers: list[int] = []
    name: str = "nobody"


class Sent(BaseModel):
    count: int


@router.post("/raw", operation_id="raw", scope="metering", media=(PROTOBUF, JSON))
def raw(call: Call[None, bytes]) -> Response:
    """Bytes in, bytes out."""
    return Response(200, call.body, PROTOBUF, {"x-media": call.media})


@router.post("/upload", operation_id="upload", scope="metering", media=(MULTIPART,))
def upload(call: Call[None, Any]) -> dict[str, Any]:
    """Uploads in."""
    return {
        part.name: [part.filename, part.content_type, base64.b64encode(part.data).decode()]
        for part in call.body
    }


@router.post("/both/{id}", operation_id="both", scope="metering", query=Numbers, body=Sent)
def both(call: Call[Numbers, Sent]) -> dict[str, Any]:
    """Query and body."""
    return {"query": call.query.model_dump(), "count": call.body.count, "id": call.path["id"]}


@reports.get("/exact", operation_id="exact", scope="read")
def exact(call: Call[None, None]) -> dict[str, Any]:
    """A number that no float holds."""
    return {"usd": Decimal("123456789012345.000000001")}


@pytest.fixture
def dispatch(local_world: World) -> Dispatcher:
    return Seam(local_world).dispatcher([router, reports])


@pytest.fixture
def key(local_world: World) -> str:
    return new_tenant(local_world).write_key or ""


def event(
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    **query: list[str],
) -> Any:
    """A REST proxy event as API Gateway sends it when every type is binary."""
    return {
        "httpMethod": method,
        "path": path,
        "headers": headers or {},
        "multiValueQueryStringParameters": query or None,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "requestContext": {"requestId": "from-aws"},
    }


@pytest.fixture
def invoke(local_world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Invokes the test operations as a Lambda of their own."""
    monkeypatch.setattr(wiring, "world", lambda: local_world)
    handler = wiring.gateway_handler(router, reports)
    return lambda *args, **query: handler(event(*args, **query), None)


@pytest.mark.parametrize("packed", [False, True])
def test_protobuf_passes_as_it_is(invoke: Any, key: str, packed: bool) -> None:
    body = bytes(range(256))
    headers = {"X-Api-Key": key, "Content-Type": "application/x-protobuf"}
    answer = invoke("POST", "/meter/v2/raw", gzip.compress(body) if packed else body, headers)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert base64.b64decode(answer["body"]) == body
    assert answer["headers"]["x-media"] == PROTOBUF
    assert answer["headers"]["x-request-id"] == "from-aws"


def test_multipart_passes_with_its_bytes_untouched(invoke: Any, key: str) -> None:
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="file"; '
        b'filename="a.png"\r\nContent-Type: image/png\r\n\r\n' + PNG + b"\r\n--XX--\r\n"
    )
    headers = {"x-api-key": key, "content-type": "multipart/form-data; boundary=XX"}
    answer = invoke("POST", "/meter/v2/upload", body, headers)
    assert json.loads(answer["body"]) == {
        "file": ["a.png", "image/png", base64.b64encode(PNG).decode()]
    }


def test_a_body_of_another_type_is_415(invoke: Any, key: str) -> None:
    answer = invoke("POST", "/meter/v2/raw", b"x", {"x-api-key": key, "content-type": "text/csv"})
    assert answer["statusCode"] == 415


def test_an_empty_multipart_body_is_400(invoke: Any, key: str) -> None:
    headers = {"x-api-key": key, "content-type": "multipart/form-data; boundary=XX"}
    assert invoke("POST", "/meter/v2/upload", b"", headers)["statusCode"] == 400


def test_query_and_body_are_read_and_their_faults_told_together(invoke: Any, key: str) -> None:
    headers = {"x-api-key": key}
    good = invoke(
        "POST",
        "/meter/v2/both/a%2Fb",
        b'{"count": 1}',
        headers,
        numbers=["1", "2", " "],
        name=["x", "y"],
    )
    assert json.loads(good["body"]) == {
        "query": {"numbers": [1, 2], "name": "y"},
        "count": 1,
        "id": "a/b",
    }
    bad = invoke("POST", "/meter/v2/both/1", b'{"count": "x"}', headers, numbers=["1", "zwei"])
    assert {entry["field"] for entry in json.loads(bad["body"])["errors"]} == {"numbers.1", "count"}


def test_money_is_written_with_all_its_digits(invoke: Any, key: str) -> None:
    answer = invoke("GET", "/api/v2/exact", b"", {"authorization": f"Bearer {key}"})
    assert '"usd":123456789012345.000000001' in answer["body"]


def test_a_report_checks_the_team_it_is_asked_for(
    invoke: Any, key: str, local_world: World
) -> None:
    headers = {"authorization": f"Bearer {key}"}
    stranger = new_tenant(local_world).team
    answers = {
        named: invoke("GET", "/api/v2/exact", b"", headers, teamId=[named])
        for named in ("", "not-an-id", stranger)
    }
    assert [answer["statusCode"] for answer in answers.values()] == [200, 400, 403]
    assert json.loads(answers["not-an-id"]["body"])["code"] == "INVALID_TEAM_ID"
    assert json.loads(answers[stranger]["body"])["code"] == "TEAM_NOT_IN_MEMBERSHIP"


def test_errors_come_in_the_envelope_of_the_family(invoke: Any, key: str) -> None:
    unknown = invoke("GET", "/api/v2/nothing", b"", {})
    assert unknown["headers"]["Content-Type"] == "application/problem+json"
    assert json.loads(unknown["body"])["code"] == "NOT_FOUND"
    assert json.loads(invoke("GET", "/api/v2/exact", b"", {})["body"])["code"] == "UNAUTHORIZED"
    assert "details" in json.loads(invoke("GET", "/meter/v2/nothing", b"", {})["body"])


@pytest.mark.parametrize(
    "change",
    [
        {"body": None},
        {"path": None, "requestContext": {"path": "/meter/v2/raw"}},
        {"headers": None},
        {"body": b"{}", "isBase64Encoded": False},
        {},
    ],
)
def test_events_of_every_gateway_are_understood(
    local_world: World, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    monkeypatch.setattr(wiring, "world", lambda: local_world)
    sent = event("GET", "/meter/v2/raw") | change
    assert wiring.gateway_handler(router)(sent, None)["statusCode"] == 405


def test_wsgi_and_events_reach_the_same_doors(dispatch: Dispatcher, key: str) -> None:
    seen: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/meter/v2/both/7",
        "QUERY_STRING": "numbers=1&numbers=2",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "12",
        "HTTP_X_API_KEY": key,
        "wsgi.input": BytesIO(b'{"count": 3}'),
    }
    body = b"".join(
        wsgi(dispatch, 1024, Turns(1, 1, 1.0))(environ, lambda *args: seen.append(args))
    )
    assert seen[0][0] == "200 OK"
    assert json.loads(body)["query"]["numbers"] == [1, 2]


def test_one_module_answers_alone(local_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.meter.ai import completions

    monkeypatch.setattr(wiring, "world", lambda: local_world)
    key = new_tenant(local_world).metering_key or ""
    sent = event(
        "POST", "/meter/v2/ai/completions", json.dumps(completion()).encode(), {"x-api-key": key}
    )
    assert completions.handler(sent, None)["statusCode"] == 201
    assert completions.handler(event("GET", "/openapi.json"), None)["statusCode"] == 404


def test_a_literal_segment_wins_over_a_parameter() -> None:
    trie: Trie[str] = Trie()
    for template in (
        "/models/{id}",
        "/models/rates",
        "/models/{id}/pricing",
        "/models/name/{name}",
    ):
        trie.add("GET", template, template)
    paths = [
        "/models/rates",
        "/models/7",
        "/models/rates/pricing",
        "/models/name/a%2Fb",
        "/models/name",
    ]
    found = [trie.find("GET", path) for path in paths]
    assert found == [
        ("/models/rates", {}),
        ("/models/{id}", {"id": "7"}),
        ("/models/{id}/pricing", {"id": "rates"}),
        ("/models/name/{name}", {"name": "a/b"}),
        ("/models/{id}", {"id": "name"}),
    ]
    assert trie.find("GET", "/models//pricing") is None
    with pytest.raises(ValueError, match="twice"):
        trie.add("GET", "/models/{other}", "again")


def test_who_gets_no_turn_is_told_to_come_again(dispatch: Dispatcher, key: str) -> None:
    turns = Turns(1, 1, 0.01)
    application = wsgi(dispatch, 1024, turns)

    def ask(method: str, path: str, body: bytes = b"") -> list[Any]:
        seen: list[Any] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_API_KEY": key,
            "wsgi.input": BytesIO(body),
        }
        list(application(environ, lambda *args: seen.append(args)))
        return [seen[0][0], dict(seen[0][1]).get("Retry-After")]

    with turns.take("GET"):
        assert ask("GET", "/meter/v2/nothing") == ["503 Service Unavailable", "5"]
        assert ask("POST", "/meter/v2/both/7", b'{"count": 3}')[0] == "200 OK"
        assert ask("GET", "/health")[0] == "404 Not Found"
    assert ask("GET", "/meter/v2/nothing")[0] == "404 Not Found"


def test_who_waits_for_somebody_outside_lends_his_turn() -> None:
    turns = Turns(1, 1, 0.01)
    with turns.take("POST"):
        with pytest.raises(Unavailable), turns.take("PUT"):
            pass
        with stand_aside(), turns.take("PUT"):
            pass
        with pytest.raises(Unavailable), turns.take("PUT"):
            pass
    with ExitStack() as others, pytest.raises(Unavailable), turns.take("POST"), stand_aside():
        others.enter_context(turns.take("PUT"))
    with turns.take("POST"):
        pass
    with stand_aside():
        pass  # nowhere at all: there is nothing to lend


def test_a_body_that_is_shorter_than_it_said_is_not_worked_on(
    dispatch: Dispatcher, key: str
) -> None:
    seen: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/meter/v2/both/7",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "99",
        "HTTP_X_API_KEY": key,
        "wsgi.input": BytesIO(b'{"count": 3}'),
    }
    list(wsgi(dispatch, 1024, Turns(1, 1, 1.0))(environ, lambda *args: seen.append(args)))
    assert seen[0][0] == "408 Request Timeout"
