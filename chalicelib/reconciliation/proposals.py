"""Proposals: prices of a team that would make its metered costs what its providers bill.

A model's price is proposed where the provider's standard price of a kind of tokens is another than
ours on every day from some day on, to the last day that it billed. Nothing is changed by it: the
answer holds the request that would, and what it would have made of the period.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from chalicelib.directory.prices import INPUT, OUTPUT, READ, WRITE, WRITE_1H, prices_of
from chalicelib.kit.clock import day_start
from chalicelib.kit.money import to_usd
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.folding import list_vendor
from chalicelib.reconciliation.cells import BilledCell, CellKey, TokenClass
from chalicelib.reconciliation.parts import PartKind, price_of
from chalicelib.reconciliation.statement import Statement, StatementRow, list_rates

Json = dict[str, Any]
_MILLION = 1_000_000
_MEMBERS = {
    TokenClass.INPUT: INPUT,
    TokenClass.OUTPUT: OUTPUT,
    TokenClass.CACHE_READ: READ,
    TokenClass.CACHE_CREATION: WRITE,
}
_MODELS = "/profitstream/v2/api/sources/ai/models"
_TOLERANCE = Fraction(1, 1000)
"""Of a price: bills are rounded to the cent, or to less, and so is what follows from them."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A price for a model of a provider from a UTC day on. `ours` and `theirs` are nano-USD a
    million tokens by kind, `nano` what the difference was in the period, nano-USD; `lasting` is our
    price of cache writes that live for an hour, which the sums of a bill do not tell apart."""

    provider: str
    model: str
    since: str
    ours: Mapping[TokenClass, int]
    theirs: Mapping[TokenClass, int]
    nano: int
    lasting: int | None = None


def propose(world: World, team: Scope, statement: Statement) -> Sequence[Proposal]:
    """The proposals that follow from a statement, dearest difference first."""
    by_model: defaultdict[tuple[str, str], list[StatementRow]] = defaultdict(list)
    for row in statement.rows:
        by_model[row.key.provider, row.key.model].append(row)
    found: list[Proposal] = []
    for rows in by_model.values():
        counted = [row for row in rows if row.billed.tokens]
        found += _propose(world, team, counted)
    return sorted(found, key=lambda each: -abs(each.nano))


def present_proposal(proposal: Proposal) -> Json:
    """A proposal as it is shown: USD a million tokens, and the request that would set it."""
    shown = {
        token: {
            "ours": _usd(proposal.ours.get(token)),
            "theirs": _usd(proposal.theirs.get(token)),
        }
        for token in TokenClass
        if token in proposal.theirs
    }
    # What no bill tells stays: a model of a team's own has no price but those it is made with.
    rates = {_MEMBERS[token]: rate for token, rate in {**proposal.ours, **proposal.theirs}.items()}
    if proposal.lasting is not None:
        rates[WRITE_1H] = proposal.lasting
    body = {member: to_usd(rate) / _MILLION for member, rate in rates.items()}
    named = {"name": proposal.model, "provider": proposal.provider.upper()}
    return {
        "provider": proposal.provider,
        "model": proposal.model,
        "effectiveFrom": proposal.since,
        "pricesPerMillion": shown,
        "difference": to_usd(proposal.nano),
        "request": {"method": "POST", "path": _MODELS, "body": {**named, **body}},
    }


def _propose(world: World, team: Scope, rows: Sequence[StatementRow]) -> Iterator[Proposal]:
    """The proposal for a model, from its rows by day; none where the newest day agrees."""
    changed: list[StatementRow] = []
    for row in reversed(rows):
        if not _differs(world, team, row):
            break
        changed.append(row)
    if not changed:
        return
    ours = list_rates(world, team, changed[0].key) or {}
    whole = BilledCell()
    for row in changed:
        for place, nano in row.billed.listed.items():
            whole.listed[place] += nano
        for place, count in row.billed.tokens.items():
            whole.tokens[place] += count
    nano = sum(row.split.parts.get(PartKind.PRICE, 0) for row in changed)
    yield Proposal(
        provider=changed[0].key.provider,
        model=changed[0].key.model,
        since=changed[-1].key.day,
        ours=ours,
        theirs=_bill_rates(whole),
        nano=nano,
        lasting=_lasting_rate(world, team, changed[0].key),
    )


def _lasting_rate(world: World, team: Scope, key: CellKey) -> int | None:
    price = prices_of(world, team).price(list_vendor(key.provider), key.model, day_start(key.day))
    if price is None or price.lacks:
        return None
    return price.tariff.base.cache_write_1h


def _differs(world: World, team: Scope, row: StatementRow) -> bool:
    ours = list_rates(world, team, row.key) or {}
    for token, theirs in _bill_rates(row.billed).items():
        mine = ours.get(token)
        if mine is None or abs(Fraction(theirs - mine)) > _TOLERANCE * max(mine, 1):
            return True
    return False


def _bill_rates(billed: BilledCell) -> dict[TokenClass, int]:
    """What a bill charges for a million tokens, nano-USD, by kind."""
    found: dict[TokenClass, int] = {}
    for token in TokenClass:
        price = price_of(billed, billed.listed, token)
        if price:
            found[token] = round(price * _MILLION)
    return found


def _usd(rate: int | None) -> Decimal | None:
    return None if rate is None else to_usd(rate)
