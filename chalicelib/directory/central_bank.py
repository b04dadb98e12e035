"""Exchange rates by themselves: the reference rates that the European Central Bank publishes on
working days, read once a day where a setting says from where.

Its file says what one euro buys of each currency; what one of a currency is in USD follows from
that. https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

import re
from collections.abc import Mapping
from decimal import Context, Decimal

from chalicelib.directory.exchange import USD, Rate, set_rates
from chalicelib.kit.clock import HOUR
from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.logs import logger
from chalicelib.ports.outbound import AddressRefused, Call, Unreachable
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend

SOURCE = "ECB"
READ = "EXCHANGE_READ"
"""Kind: when the rates of a tenant were last read."""
_EURO = "EUR"
_DAY = re.compile(r"""<Cube\s+time=['"](\d{4}-\d{2}-\d{2})['"]""")
_RATE = re.compile(
    r"""<Cube\s+currency=['"]([A-Z]{3})['"]\s+rate=['"](\d{1,9}(?:\.\d{1,9})?)['"]"""
)
_PRECISION = Context(prec=12)
_PAUSE_MS = 20 * HOUR
_RETRY_MS = HOUR


class RatesUnreadable(MeterlakeError):
    """The bank's file is not what it was (502)."""

    status, code = 502, "RATES_UNREADABLE"


def read_rates_due(world: World, tenant: Scope) -> int:
    """Read a tenant's rates if the last time is long ago; how many were set. What fails is tried
    again an hour later, and the rates of yesterday stay in force."""
    url = world.settings.exchange_rates_url
    if not url or not _take_turn(world, tenant):
        return 0
    try:
        reply = world.outbound.call(tenant, Call("GET", url))
        if reply.status != 200 or reply.is_cut:
            raise RatesUnreadable(f"the bank answered status {reply.status}")
        day, rates = parse_rates(reply.body.decode(errors="replace"))
    except (AddressRefused, Unreachable, RatesUnreadable) as error:
        logger().warning("exchange rates could not be read", extra={"reason": error.message})
        _note(world, tenant, world.now() - _PAUSE_MS + _RETRY_MS)
        return 0
    set_rates(world, tenant, ((name, Rate(rate, day, SOURCE)) for name, rate in rates.items()))
    return len(rates)


def parse_rates(text: str) -> tuple[str, Mapping[str, Decimal]]:
    """The day (YYYY-MM-DD) of the bank's file, and USD for one of each currency, twelve digits.

    Two expressions read it, and no parser of XML, whose entities could be made to grow. Raises
    RatesUnreadable.
    """
    day = _DAY.search(text)
    per_euro = {name: Decimal(rate) for name, rate in _RATE.findall(text)}
    dollars = per_euro.pop(USD, None)
    if day is None or not dollars or not all(per_euro.values()):
        raise RatesUnreadable("the bank's file has no day, or no rate of the dollar")
    rates = {name: _PRECISION.divide(dollars, rate) for name, rate in per_euro.items()}
    return day[1], {_EURO: dollars, **rates}


def _take_turn(world: World, tenant: Scope) -> bool:
    now, taken = world.now(), False

    def take(doc: Doc) -> Doc | None:
        nonlocal taken
        taken = now - doc.get("at", 0) >= _PAUSE_MS
        return {"at": now} if taken else None

    amend(world.documents, tenant, READ, SOURCE, take)
    return taken


def _note(world: World, tenant: Scope, at: int) -> None:
    amend(world.documents, tenant, READ, SOURCE, lambda _doc: {"at": at})
