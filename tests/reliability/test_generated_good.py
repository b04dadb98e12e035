"""What the document allows is taken, but for rules that no schema can tell: they are listed in
findings.toml, one by one, so that a refusal of another kind goes red, and one that is gone too."""

import pytest
from schemathesis import GenerationMode

from infra.local.world import build
from tests.reliability.findings import classes, expected, find_refused
from tests.support.client import Client
from tests.support.generated import exchanges, operations


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(build(tmp_path_factory.mktemp("generated") / "data"))


@pytest.mark.parametrize("name", sorted(operations()))
def test_what_the_document_allows_is_taken(client: Client, name: str) -> None:
    found: set[tuple[str, str]] = set()
    for exchange in exchanges(client, name, GenerationMode.POSITIVE):
        sent = (exchange.request.query, exchange.request.body[:300], exchange.body[:600])
        assert exchange.status < 500, sent
        found.update(find_refused(exchange))
    assert found == expected("refused", name)


def test_each_class_has_its_reason_and_each_place_is_an_operation() -> None:
    assert [each.told for each in classes() if not each.why] == []
    assert {name for each in classes() for name, _ in each.at} <= operations().keys()
