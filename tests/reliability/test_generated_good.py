"""What the document allows is taken, but for rules that no schema can tell: they are listed."""

import re

import pytest
from schemathesis import GenerationMode

from infra.local.world import build
from tests.support.client import Client
from tests.support.generated import Exchange, exchanges, operations

RULES = {
    r"INVALID_ID|INVALID_TEAM_ID|Failed to decode hashed Id": "which texts are ids of ours",
    r"not between the years|must lie between|is not a day": "which times we believe",
    r"must be given|must be named|is none of|must not|goes with|is required": "members that depend"
    " on each other, or on what is stored",
    r"is at most|at most \d+ (decimal places|significant digits)|greater than or equal to"
    r"|less than or equal to|decimal places|no more than \d+ digits": "bounds of amounts: JSON"
    " Schema's are floats, which cannot write them",
    r"No property": "what lists can be sorted by",
    r"a metric's name": "names of a generic event's members",
    r"ENUM": "words that must be there: the contract writes null beside the words of each",
    r"MAJOR\.MINOR\.PATCH": "how a version is written",
    r"idempotency": "which keys of retries we take",
    r"UNREADABLE|UNSUPPORTED|no parts|is not a PNG|damaged|cannot be read": "bytes: pictures, forms"
    " and OTLP's protobuf",
    r"is not a valid email|e-mail": "which texts are addresses",
    r"already": "names that are taken",
    r"there are over|is too long|too large": "sizes of what is stored",
    r"a valid (integer|decimal)|finite number": "numbers that are none in any of our units",
}
"""Refusals that are right although the document does not tell them, by code or message."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(build(tmp_path_factory.mktemp("generated") / "data"))


def unexplained(exchange: Exchange) -> list[str]:
    faults = [f"{fault.get('code')} {fault.get('message')}" for fault in exchange.faults]
    return [fault for fault in faults if not any(re.search(rule, fault) for rule in RULES)]


@pytest.mark.parametrize("name", sorted(operations()))
def test_what_the_document_allows_is_taken(client: Client, name: str) -> None:
    for exchange in exchanges(client, name, GenerationMode.POSITIVE):
        sent = (exchange.request.query, exchange.request.body[:300], exchange.body[:600])
        assert exchange.status < 500, sent
        if exchange.status in (400, 415):
            assert unexplained(exchange) == [], sent
