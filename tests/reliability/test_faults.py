"""A port fails at every single call in turn: nothing is acknowledged that is not stored, and a
retry mends it all."""

from contextlib import suppress
from dataclasses import replace

import pytest

from chalicelib.directory.registry import AGENT, CREDENTIAL, JOB, ORGANIZATION, PRODUCT, SUBSCRIBER
from chalicelib.lake.writer import write
from chalicelib.ports.world import World
from tests.support.bodies import completion
from tests.support.client import Client, new_tenant
from tests.support.faults import Faults

PATH = "/meter/v2/ai/completions"
BODY = completion(
    organizationName="Acme",
    productName="chat",
    agent="support",
    agenticJobId="job-1",
    subscriber={"id": "u1", "credential": {"name": "prod"}},
)


def calls_of_a_post(world: World) -> int:
    faults = Faults()
    client = Client(faults.over(world), new_tenant(world))
    assert client.post(PATH, BODY, idempotency_key="k").status == 201
    return faults.calls


@pytest.mark.parametrize("after", [False, True])
def test_a_post_that_fails_anywhere_is_mended_by_its_retry(local_world: World, after: bool) -> None:
    calls = calls_of_a_post(local_world)
    assert calls > 10
    for fatal in range(1, calls + 1):
        tenant = new_tenant(local_world)
        broken = Client(Faults(fatal, after=after).over(local_world), tenant)
        first = broken.post(PATH, BODY, idempotency_key="k")
        assert first.status == 500, f"call {fatal}"
        retry = broken.post(PATH, BODY, idempotency_key="k")
        if retry.status == 409:
            # The answer was being given back when the port failed: the lock ends by itself.
            broken = Client(replace(local_world, now=lambda: local_world.now() + 31_000), tenant)
            retry = broken.post(PATH, BODY, idempotency_key="k")
        assert retry.status == 201, f"call {fatal}"
        assert len(local_world.events.history(tenant.team, retry.json["id"])) == 1
        for scope, kind in [
            (tenant.tenant, ORGANIZATION),
            *((tenant.team, kind) for kind in KINDS),
        ]:
            assert len(local_world.documents.page(scope, kind).records) == 1, (
                f"call {fatal}: {kind}"
            )


KINDS = (PRODUCT, SUBSCRIBER, CREDENTIAL, AGENT, JOB)


@pytest.mark.parametrize("after", [False, True])
def test_a_writer_that_fails_anywhere_is_mended_by_the_next_delivery(
    local_world: World, after: bool
) -> None:
    position, fatal = None, 0
    while True:
        fatal += 1
        client = Client(local_world)
        for number in range(3):
            assert client.post(PATH, completion(number)).status == 201
        batch = local_world.feed.read("local", position, 100)
        assert batch
        position = batch.last
        faults = Faults(fatal, after=after)
        with suppress(OSError):
            write(faults.over(local_world), batch)
        write(local_world, batch)
        assert reported(client) == 3, f"call {fatal}"
        if faults.calls < fatal:  # it was not called that often: every call has had its turn
            break
    assert fatal > 8


def reported(client: Client) -> float:
    query = {
        "metricType": "count",
        "startDate": "2026-11-24T00:00:00Z",
        "endDate": "2026-11-24T23:59:59.999Z",
    }
    items = client.get("/api/v2/analytics/cost-by-model-aggregated", query).json["_embedded"][
        "items"
    ]
    return sum(item["metrics"][0]["metricResult"] for item in items)
