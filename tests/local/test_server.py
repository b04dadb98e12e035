"""The served API over real sockets: what WSGI servers are known to get wrong."""

import gzip
import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from chalicelib.kit.clock import now_ms
from tests.support.bodies import completion
from tests.support.patience import eventually
from tests.support.server import Server

PATH = "/meter/v2/ai/completions"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection(urlsplit(server.line["url"]).netloc)
    yield opened
    opened.close()


def body(number: int) -> bytes:
    return json.dumps(completion(number, now_ms())).encode()


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, **options: object
) -> tuple[int, bytes]:
    connection.request(method, path, **options)  # type: ignore[arg-type]
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_chunked_bodies_arrive_whole_and_keep_the_connection(
    server: Server, connection: http.client.HTTPConnection
) -> None:
    headers = {"x-api-key": server.line["meteringKey"]}
    for number in range(3):
        sent = body(number)
        pieces = iter([sent[:100], sent[100:]])
        assert (
            ask(connection, "POST", PATH, body=pieces, headers=headers, encode_chunked=True)[0]
            == 201
        )


def test_gzip_arrives_packed(server: Server, connection: http.client.HTTPConnection) -> None:
    headers = {"x-api-key": server.line["meteringKey"], "Content-Encoding": "gzip"}
    assert ask(connection, "POST", PATH, body=gzip.compress(body(10)), headers=headers)[0] == 201


def test_an_oversized_body_is_told_so(
    server: Server, connection: http.client.HTTPConnection
) -> None:
    headers = {"x-api-key": server.line["meteringKey"]}
    status, answer = ask(
        connection, "POST", PATH, body=b" " * (10 * 1024 * 1024 + 1), headers=headers
    )
    assert (status, json.loads(answer)["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_paths_of_any_alphabet_come_back_as_they_were_sent(
    connection: http.client.HTTPConnection,
) -> None:
    status, answer = ask(connection, "GET", "/meter/v2/%C3%A9%20x?a=%26")
    assert (status, json.loads(answer)["path"]) == (404, "/meter/v2/%C3%A9%20x")


def test_what_was_posted_stands_in_the_reports_within_seconds(server: Server) -> None:
    key = server.line["writeKey"]
    status, _ = server.call("POST", PATH, key, completion(99, now_ms(), agent="fresh"))
    assert status == 201

    def reported() -> bool:
        _, report = server.call("GET", "/api/v2/analytics/cost-by-agent-aggregated", key)
        return "fresh" in {item["groupName"] for item in report["_embedded"]["items"]}

    eventually(reported)
    _, connected = server.call("GET", "/api/v2/status/connection", key)
    assert connected["completion_logs"]["last_date_received"]


def test_the_contract_is_served_to_anybody(connection: http.client.HTTPConnection) -> None:
    status, document = ask(connection, "GET", "/openapi.json")
    assert status == 200
    assert PATH in json.loads(document)["paths"]
