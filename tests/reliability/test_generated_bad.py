"""What the document forbids is refused, but where we are lenient on purpose: that is listed in
findings.toml, one by one, so that a leniency of another kind goes red, and one that is gone too."""

import pytest
from schemathesis import GenerationMode

from infra.local.world import build
from tests.reliability.findings import expected, find_taken
from tests.support.client import Client
from tests.support.generated import exchanges, operations


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(build(tmp_path_factory.mktemp("generated") / "data"))


@pytest.mark.parametrize("name", sorted(operations()))
def test_what_the_document_forbids_is_refused(client: Client, name: str) -> None:
    found: set[tuple[str, str]] = set()
    for exchange in exchanges(client, name, GenerationMode.NEGATIVE):
        sent = (exchange.request.query, exchange.request.body[:300], exchange.body[:600])
        assert exchange.status < 500, sent
        found.update(find_taken(exchange))
    assert found == expected("taken", name)
