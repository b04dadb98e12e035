"""Errors as the platform operations write them."""

import json
from typing import Any

from chalicelib.kit.errors import Fault, MethodNotAllowed, NotFound
from chalicelib.kit.http.envelopes import ApiEnvelope, PlatformEnvelope, Unread
from chalicelib.kit.http.messages import Request

REQUEST = Request("POST", "/profitstream/v2/api/things", {}, [("page", "x")], b"", "request-1")
PAGE = Fault("page", "not a number", "INT_PARSING", "x")
NAME, SIZE = Fault("name", "Field required", "MISSING"), Fault("size", "too small", "RANGE")


class Fixed(MethodNotAllowed):
    allow = ("GET", "PATCH")


def rendered(envelope: ApiEnvelope, error: Any) -> dict[str, Any]:
    return json.loads(envelope.render(error, REQUEST).body)


def test_a_parameter_fails_to_convert_and_a_body_is_no_valid_json() -> None:
    assert rendered(PlatformEnvelope(), Unread([PAGE], []))["message"] == (
        "Failed to convert value for page from value [x]: not a number"
    )
    body = rendered(PlatformEnvelope(), Unread([PAGE], [NAME, SIZE]))
    assert body["message"].startswith("Invalid JSON format: ")
    assert next(iter(body["details"].items())) == ("error", "name: Field required; size: too small")
    assert body["details"]["page"] == "not a number"
    assert [(fault["field"], fault["code"]) for fault in body["errors"]] == [
        ("page", "INT_PARSING"), ("name", "MISSING"), ("size", "RANGE"),
    ]  # fmt: skip


def test_other_errors_and_other_families_keep_their_own_words() -> None:
    assert rendered(PlatformEnvelope(), NotFound("gone"))["message"] == "gone"
    plain = rendered(ApiEnvelope(), Unread([], [NAME, SIZE]))
    assert plain["message"] == "name: Field required (and 1 more, see errors)"
    assert plain["details"] == {"name": "Field required", "size": "too small"}


def test_a_405_tells_what_is_allowed() -> None:
    assert PlatformEnvelope().render(Fixed("no"), REQUEST).headers == {"Allow": "GET, PATCH"}
    assert PlatformEnvelope().render(NotFound("no"), REQUEST).headers == {}


def test_a_parameter_that_is_missing_is_called_missing() -> None:
    assert (
        rendered(PlatformEnvelope(), Unread([NAME], []))["message"]
        == "Missing request parameter: name"
    )
