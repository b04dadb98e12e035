"""A customer with a product, and a clock that months can be moved by."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.invoicing.revenue import FILE
from chalicelib.invoicing.service import Run, bill
from chalicelib.kit.clock import iso
from chalicelib.lake.parquet import decode, schema_of
from chalicelib.lake.tables import CHARGES
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from infra.local.feeder import drain
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
        return str(
            Records(self.client, "metering-element-definitions").make(name=name, type=kind)["id"]
        )

    def product(
        self, name: str = "Rides", members: dict[str, Any] | None = None, **plan: Any
    ) -> str:
        terms = {
            "name": "Plan",
            "type": "SUBSCRIPTION",
            "currency": "USD",
            "period": "MONTH",
            "charge": "0",
            **plan,
        }
        made = Records(self.client, "products").make(
            name=name, version="1.0.0", sourceIds=[self.source], plan=terms, **(members or {})
        )
        return str(made["id"])

    def edit_plan(self, product: str, **terms: Any) -> None:
        products = Records(self.client, "products")
        sold = products.get(product)
        answer = products.put(product, **{**sold, "plan": {**sold["plan"], **terms}})
        assert answer.status == 200, answer.body

    def subscribe(
        self, product: str, email: str = "anna@example.com", **members: Any
    ) -> dict[str, Any]:
        answer = Records(self.client, "subscriptions").send(
            "POST",
            "",
            {"name": "Gold", "productId": product, "subscriberEmail": email, **members},
            includeRelatedResources="true",
        )
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
        result = self.world.engine.run(
            self.team, Statement(sql, params, [Scan("charges", *params[1:])])
        )
        return {str(day): Decimal(int(str(nano))).scaleb(-9) for day, nano in result.rows}

    def at(self, instant: int) -> "Shop":
        self.clock.now = instant
        return self

    def now(self) -> str:
        return iso(self.clock.now)

    def earned(self) -> dict[str, int]:
        """Billionths by invoice, from the lake; rows of invoices that are no more among them."""
        found: dict[str, int] = {}
        for day in self.world.lake.days(self.team, CHARGES.name):
            rows = decode(
                self.world.lake.get(self.team, LakePath(CHARGES.name, day, FILE)),
                schema_of(CHARGES),
            )
            for row in rows.to_pylist():
                found[row["invoice_id"]] = found.get(row["invoice_id"], 0) + row["amount_nano"]
        return found

    def told(self) -> list[tuple[Any, ...]]:
        """What the customers are told, without what is drawn anew each time: invoices, and the sums
        of their charges by what they are for."""
        found = []
        for row in self.invoices():
            lines: dict[tuple[Any, ...], list[Any]] = {}
            for line in self.charges(invoiceId=row["id"]):
                what = (
                    line["chargeType"],
                    (line["planElement"] or {}).get("label"),
                    (line["tier"] or {}).get("name"),
                )
                amount = Decimal(str(line["charge"]))
                lines.setdefault(what, []).append(
                    (amount, line["aggregatedElementValue"], line["callCount"])
                )
            head = (
                "invoiceNumber",
                "state",
                "startDate",
                "endDate",
                "totalAmount",
                "totalCallCount",
            )
            owner = row["subscriptionOwner"]["label"]
            found.append(
                (
                    owner,
                    *(row[name] for name in head),
                    {what: sorted(lines[what]) for what in sorted(lines)},
                )
            )
        return sorted(found, key=lambda each: (each[3], each[0]))


def new_shop(world: World, clock: Clock) -> Shop:
    """A shop of a tenant that is new to the world."""
    client = Client(world)
    source = Records(client, "sources").make(name="meter", type="API", version="1")["id"]
    return Shop(client, clock, str(source))


@pytest.fixture
def shop(world: World, clock: Clock) -> Shop:
    return new_shop(world, clock)
