"""The real zip under AWS's own Lambda runtime: what is deployed starts, and answers."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from chalicelib.identity.service import bootstrap
from chalicelib.kit.clock import now_ms
from chalicelib.kit.settings import PREFIX, Settings
from chalicelib.lake.writer import write
from chalicelib.ports.world import World
from tests.support import aws
from tests.support.bodies import completion
from tests.support.lambdas import EMULATOR, Function, build_package, emulated

PATH = "/meter/v2/ai/completions"

pytestmark = pytest.mark.skipif(
    not EMULATOR.exists(), reason="`make install` brings the emulator for x86-64"
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with aws.running(tmp_path_factory.mktemp("athena")) as built:
        yield built


@pytest.fixture(scope="module")
def function(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Function]:
    """The function over the same moto as `world`, which it reaches by HTTP."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        **aws.ENVIRONMENT,
        **variables_of(world.settings),
    }
    package = build_package(tmp_path_factory.mktemp("package"))
    with emulated(package, environment) as started:
        yield started
    server.stop()


def variables_of(settings: Settings) -> dict[str, str]:
    return {f"{PREFIX}{name.upper()}": str(value) for name, value in settings if value != ""}


def test_what_is_deployed_answers(world: World, function: Function) -> None:
    made = bootstrap(world, "Acme", "Platform", "a@acme.example")
    assert function.call("GET", "/health")[1]["status"] == "ok"
    body = completion(1, now_ms(), agent="deployed")
    status, first = function.call("POST", PATH, made.metering_key, body)
    assert status == 201
    status, again = function.call("POST", PATH, made.metering_key, body)
    assert (status, again["id"]) == (201, first["id"])
    assert function.call("POST", PATH, "rev_mk_nobody_0123", body)[0] == 401
    assert function.call("POST", PATH, made.metering_key, {})[0] == 400
    for shard in world.feed.shards():
        batch = world.feed.read(shard, None, 100)
        if batch:
            write(world, batch)
    status, report = function.call(
        "GET", "/api/v2/analytics/cost-by-agent-aggregated", made.write_key
    )
    assert status == 200
    assert [item["groupName"] for item in report["_embedded"]["items"]] == ["deployed"]
