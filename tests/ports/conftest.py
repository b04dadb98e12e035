"""Every test of a port runs on every adapter: the laptop's, and AWS's under moto."""

from collections.abc import Iterator

import pytest

from chalicelib.kit.ids import new_id
from chalicelib.ports.world import World
from tests.support import aws


@pytest.fixture(scope="module", params=["local", "aws"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A world for all tests of a module; each test takes scopes of its own."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "aws":
        with aws.running(folder) as built:
            yield built
        return
    from infra.local.world import build

    yield build(folder)


@pytest.fixture
def scope() -> str:
    """A team or tenant that nobody else has."""
    return new_id()


@pytest.fixture
def other_scope() -> str:
    """Somebody else."""
    return new_id()
