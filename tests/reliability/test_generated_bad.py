"""What the document forbids is refused, but where we are lenient on purpose: that is listed."""

import pytest
from schemathesis import GenerationMode

from infra.local.world import build
from tests.support.client import Client
from tests.support.generated import Exchange, exchanges, operations

LENIENT = {
    "otlp": "protobuf and JSON of OTLP ignore what they do not know, and so do we (its rule)",
    "/meter/v2/": "an SDK must not lose a record over a header or a member that we do not read",
    "DELETE /profitstream/v2/api/jobs": "an empty or unknown list deletes nothing",
    "/profitstream/v2/api/": "members that are unknown or read-only are ignored (contract)",
}
"""Where something may be taken that the document does not allow. Queries are lenient everywhere: a
blank parameter is absent, of a repeated one the last counts, an unknown one is ignored."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(build(tmp_path_factory.mktemp("generated") / "data"))


def is_lenient(name: str, exchange: Exchange) -> bool:
    return not exchange.request.body or any(place in name for place in LENIENT)


@pytest.mark.parametrize("name", sorted(operations()))
def test_what_the_document_forbids_breaks_nothing(client: Client, name: str) -> None:
    for exchange in exchanges(client, name, GenerationMode.NEGATIVE):
        sent = (exchange.request.query, exchange.request.body[:300], exchange.body[:600])
        assert exchange.status < 500, sent
        assert exchange.status >= 400 or is_lenient(name, exchange), sent
