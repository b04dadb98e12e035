"""Answers packed by gzip."""

import gzip

import pytest

from chalicelib.kit.http.compression import pack_answer, takes_gzip
from chalicelib.kit.http.gateway import event_answer
from chalicelib.kit.http.messages import Request, Response


def request(accept: str = "gzip") -> Request:
    return Request("GET", "/", {"accept-encoding": accept} if accept else {}, [], b"", "r")


LONG = b'{"a": "' + b"x" * 2_000 + b'"}'


@pytest.mark.parametrize(
    ("accept", "takes"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5, br", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("br", False),
        ("", False),
    ],
)
def test_the_client_says_whether_it_takes_gzip(accept: str, takes: bool) -> None:
    assert takes_gzip(request(accept)) is takes


def test_a_long_answer_is_packed_and_says_so() -> None:
    packed = pack_answer(request(), Response(200, LONG, headers={"Vary": "Accept"}))
    assert gzip.decompress(packed.body) == LONG
    assert packed.headers == {"Vary": "Accept, Accept-Encoding", "Content-Encoding": "gzip"}


def test_equal_answers_are_equal_bytes() -> None:
    assert pack_answer(request(), Response(200, LONG)) == pack_answer(
        request(), Response(200, LONG)
    )


@pytest.mark.parametrize(
    ("accept", "response"),
    [
        ("br", Response(200, LONG)),
        ("gzip", Response(200, LONG[:1_023])),
        ("gzip", Response(200, LONG, "image/png")),
        ("gzip", Response(200, LONG, headers={"Content-Encoding": "gzip"})),
    ],
)
def test_what_is_not_packed(accept: str, response: Response) -> None:
    assert pack_answer(request(accept), response) is response


def test_packed_answers_travel_through_api_gateway() -> None:
    answer = event_answer(pack_answer(request(), Response(200, LONG)), "r")
    assert answer["isBase64Encoded"]
    assert answer["headers"]["Content-Encoding"] == "gzip"
