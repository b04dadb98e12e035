"""What all tests of clients share."""

from collections.abc import Iterator

import pytest

from tests.clients.fake_provider import provider


@pytest.fixture
def fake_provider() -> Iterator[str]:
    """The URL of a provider of models."""
    with provider() as url:
        yield url
