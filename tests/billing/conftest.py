"""A customer with a product, and a clock that months can be moved by."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.billing.service import Run, bill
from chalicelib.kit.clock import iso
from chalicelib.ports.world import World
from infra.local.workers import drain
from tests.catalog.records import Records
from tests.support.client import Client
from tests.support.clock import Clock


@dataclass
class Shop:
    """Sells one product by usage, from a source whose events name metrics."""

    client: Client
    clock: Clock
    source: str

    @property
    def world(self) -> World:
        return self.client.world

    @property
    def team(self) -> str:
        return self.client.installed.team

    def element(self, name: str, kind: str = "NUMBER") -> str:
        return str(Records(self.client, "metering-element-definitions").make(name=name, type=kind)["id"])

    def product(self, name: str = "Rides", members: dict[str, Any] | None = None, **plan: Any) -> str:
        terms = {"name": "Plan", "type": "SUBSCRIPTION", "currency": "USD", "period": "MONTH", **plan}
        made = Records(self.client, "products").make(
            name=name, version="1.0.0", sourceIds=[self.source], plan=terms, **(members or {})
        )
        return str(made["id"])

    def subscribe(self, product: str, email: str = "anna@example.com", **members: Any) -> dict[str, Any]:
        answer = Records(self.client, "subscriptions").send(
            "POST", "", {"name": "Gold", "productId": product, "subscriberEmail": email, **members},
            includeRelatedResources="true",
        )  # fmt: skip
        assert answer.status == 200, answer.body
        return dict(answer.json)

    def use(self, key: str, number: int, **payload: Any) -> None:
        """Meter one event of the customer now."""
        body = {
            "transactionId": f"t-{number}",
            "sourceId": "meter",
            "subscriberCredential": key,
            "payload": payload,
        }
        answer = self.client.post("/meter/v2/events", body)
        assert answer.status == 201, answer.body

    def bill(self) -> Run:
        drain(self.world)
        return bill(self.world, self.client.installed.tenant, self.team)

    def invoices(self, **query: Any) -> list[dict[str, Any]]:
        answer = Records(self.client, "invoices").send("GET", "", **query)
        assert answer.status == 200, answer.body
        return list(answer.json["_embedded"]["invoiceResourceList"])

    def charges(self, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            answer = Records(self.client, "period-charges").send("GET", "", **query, **cursor)
            assert answer.status == 200, answer.body
            rows += answer.json["_embedded"]["periodChargeResourceList"]
            if not answer.json["hasMore"]:
                return rows
            cursor = {"cursor": answer.json["cursor"]}

    def revenue(self) -> dict[str, Decimal]:
        """USD by day, from the lake."""
        from chalicelib.ports.engine import Scan, Statement

        sql = (
            "select day, cast(sum(usd_nano) as bigint) as nano from charges "
            "where team = ? and day between ? and ? group by 1"
        )
        params = [self.team, "2020-01-01", "2030-01-01"]
        result = self.world.engine.run(self.team, Statement(sql, params, [Scan("charges", *params[1:])]))
        return {str(day): Decimal(int(str(nano))).scaleb(-9) for day, nano in result.rows}

    def at(self, instant: int) -> "Shop":
        self.clock.now = instant
        return self

    def now(self) -> str:
        return iso(self.clock.now)


@pytest.fixture
def shop(world: World, clock: Clock) -> Shop:
    client = Client(world)
    source = Records(client, "sources").make(name="meter", type="API", version="1")["id"]
    return Shop(client, clock, str(source))


Sell = Callable[..., str]
