"""Charges: what the calls of a day cost, by kind of token and all that they belong to. Needs
pyarrow.

A call whose parts add up to its cost makes a row each for input, output, cache reads, cache writes
and media; one of which only the whole is known makes one row `total`. So the sum over all rows is
the sum over all calls, to the nano. A part that was charged without a word of how much was used is
counted in calls, so that no quantity is 0. A call without a known cost makes the same rows, and
their cost is null.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.directory.prices import prices_of
from chalicelib.kit.clock import day_start
from chalicelib.lake.compaction import slices
from chalicelib.lake.reading import read_steadily
from chalicelib.lake.sums import group_rows
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS, Table, Type
from chalicelib.ports.documents import fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.overlap import has_reads_inside

BY = (
    "kind provider model model_source operation_type environment region organization product "
    "agent task_type subscriber credential cost_source pricing_tier price_status price_source "
    "price_version"
).split()
"""The columns of AI events that charges are told apart by; a tool's id is its `model`."""
KEYS = ("token_kind", "unit", *BY)
PRICED = "priced"
"""Whether the cost is known: calls with and without are never summed up together."""
SUMS = ("quantity_micro", "cost_nano", "calls")
"""Millionths of the unit; nano-USD, null when unknown; calls that the row is made from."""
_GROUP = (*KEYS, PRICED)
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in KEYS),
        (PRICED, pa.bool_()),
        *((name, pa.int64()) for name in SUMS),
    ]
)
_MICRO = 1_000_000
_TOOL = {"model": "tool_id", "provider": "tool_provider", "operation_type": "operation"}
_LEGS = {
    "input": "input_cost_nano",
    "output": "output_cost_nano",
    "cache_read": "cache_read_cost_nano",
    "cache_creation": "cache_creation_cost_nano",
    "media": "media_cost_nano",
}
_MEASURES = {
    "images": "Images",
    "seconds": "Seconds",
    "characters": "Characters",
    "credits": "Credits",
}
_BILLED = {
    "PER_IMAGE": "images",
    "PER_SECOND": "seconds",
    "PER_MINUTE": "seconds",
    "PER_CHARACTER": "characters",
    "CREDITS": "credits",
}
"""The measure that a call is billed by; of others it is the first that is there."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What some calls are charged for: `mask` says which calls, and the others say of every call
    its `unit`, the `quantity` (millionths of the unit) and the `cost` (nano-USD, null when
    unknown)."""

    kind: str
    mask: pa.Array
    unit: pa.Array
    quantity: pa.Array
    cost: pa.Array


@dataclass(frozen=True, slots=True)
class _Use:
    """What calls used of a unit, in millionths."""

    quantity: pa.Array
    unit: pa.Array


def charges_of(world: World, team: Scope, day: str) -> pa.Table:
    """The charges of a UTC day (SCHEMA), in order. Memory grows with the slices of compaction and
    with the charges, not with the calls. Raises NotInLake when the day keeps being rewritten,
    DoesNotFit."""
    charges: pa.Table = read_steadily(world, team, lambda: _read_charges(world, team, day))
    return charges


def _read_charges(world: World, team: Scope, day: str) -> pa.Table:
    charges = SCHEMA.empty_table()
    for table in (AI_EVENTS, TOOL_EVENTS):
        files = list(world.lake.list(team, table.name, day))
        for rows in slices(world, team, table, files):
            charges = _sum_up([charges, *_charges(world, team, table, day, rows)])
    return charges.sort_by([(name, "ascending") for name in _GROUP])


def _sum_up(pieces: list[pa.Table]) -> pa.Table:
    rows = pa.concat_tables([SCHEMA.empty_table(), *pieces])
    return group_rows(rows, _GROUP, dict.fromkeys(SUMS, "sum")).select(SCHEMA.names)


def _charges(
    world: World, team: Scope, table: Table, day: str, rows: pa.Table
) -> Iterator[pa.Table]:
    """The charges of some events, one table a kind of token."""
    rows = rows.filter(pc.invert(rows["deleted"]))
    if table is AI_EVENTS:
        rows = _leave_out_flat_plans(world, team, rows)
        parts = _ai_parts(rows, _find_reads_inside(world, team, day, rows))
    else:
        parts = _tool_parts(rows)
    dimensions = {name: _dimension(table, rows, name) for name in BY}
    for part in parts:
        columns = {name: values.filter(part.mask) for name, values in dimensions.items()}
        calls = pc.sum(part.mask.cast(pa.int64())).as_py() or 0
        columns |= {
            "token_kind": pa.repeat(pa.scalar(part.kind), calls),
            "unit": part.unit.filter(part.mask),
            "quantity_micro": part.quantity.filter(part.mask),
            "cost_nano": part.cost.filter(part.mask),
            PRICED: pc.is_valid(part.cost).filter(part.mask),
            "calls": pa.repeat(pa.scalar(1, pa.int64()), calls),
        }
        yield _sum_up([pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)])


def _leave_out_flat_plans(world: World, team: Scope, rows: pa.Table) -> pa.Table:
    """The calls that cost by use. Those of coding assistants that a flat plan covers cost nothing
    more, and stand in no report on costs either."""
    billed = pa.array(find_billed_assistants(world.documents, team), pa.string())
    assistant = rows["assistant"]
    return rows.filter(pc.or_(pc.is_null(assistant), pc.is_in(assistant, value_set=billed)))


def _dimension(table: Table, rows: pa.Table, name: str) -> pa.Array:
    source = name if table is AI_EVENTS else _TOOL.get(name, name)
    if source in table.columns:
        return _column(rows, source)
    return pa.repeat(pa.scalar("TOOL" if name == "kind" else None, pa.string()), rows.num_rows)


def _column(rows: pa.Table, name: str) -> pa.Array:
    return rows[name].combine_chunks()


def _number(rows: pa.Table, name: str) -> pa.Array:
    """A column of numbers, with 0 where it is null."""
    return _column(rows, name).fill_null(0)


def _ai_parts(rows: pa.Table, reads_inside: pa.Array) -> list[_Part]:
    """The parts of AI calls: one a kind of token and media, and one of the calls of which only the
    whole is known."""
    cost = _column(rows, "cost_nano")
    legs = {kind: _number(rows, column) for kind, column in _LEGS.items()}
    is_split = pc.equal(reduce(pc.add, legs.values()), cost).fill_null(False)
    parts: list[_Part] = []
    covered = _every(rows, False)
    for kind, use in _uses(rows, reads_inside).items():
        there, is_charged = pc.greater(use.quantity, 0), pc.not_equal(legs[kind], 0)
        # Measures beside tokens (the seconds of a transcription that is charged by tokens) are no
        # charge of their own.
        alone = pc.and_(there, pc.invert(covered)) if kind == "media" else there
        known = pc.and_(is_split, pc.or_(is_charged, alone))
        mask = pc.or_(known, pc.and_(pc.is_null(cost), there))
        part = _Part(
            kind=kind,
            mask=mask,
            unit=pc.if_else(there, use.unit, "Calls"),
            quantity=pc.if_else(there, use.quantity, _MICRO),
            cost=pc.if_else(is_split, legs[kind], pa.scalar(None, pa.int64())),
        )
        parts.append(part)
        covered = pc.or_(covered, mask)
    parts.append(_whole(rows, pc.invert(covered), _number(rows, "total_tokens")))
    return parts


def _uses(rows: pa.Table, reads_inside: pa.Array) -> dict[str, _Use]:
    """What calls used by kind, in the order of _LEGS."""
    uses: dict[str, _Use] = {}
    for kind, tokens in _tokens(rows, reads_inside).items():
        uses[kind] = _Use(pc.multiply(tokens, _MICRO), _every(rows, "Tokens"))
    uses["media"] = _media(rows)
    return uses


def _whole(rows: pa.Table, mask: pa.Array, tokens: pa.Array) -> _Part:
    """Calls as a whole: by their tokens, and by the call where there are none."""
    has_tokens = pc.greater(tokens, 0)
    return _Part(
        kind="total",
        mask=mask,
        unit=pc.if_else(has_tokens, "Tokens", "Calls"),
        quantity=pc.multiply(pc.if_else(has_tokens, tokens, 1), _MICRO),
        cost=_column(rows, "cost_nano"),
    )


def _tool_parts(rows: pa.Table) -> list[_Part]:
    return [_whole(rows, _every(rows, True), _every(rows, 0))]


def _every(rows: pa.Table, value: str | bool | int) -> pa.Array:
    return pa.repeat(pa.scalar(value), rows.num_rows)


def _tokens(rows: pa.Table, reads_inside: pa.Array) -> Mapping[str, pa.Array]:
    """The tokens of each kind, without overlap, as they are charged (see pricing/overlap.py)."""
    read = _number(rows, "cache_read_tokens")
    prompt = pc.max_element_wise(_number(rows, "input_tokens"), _number(rows, "audio_input_tokens"))
    fresh = pc.subtract(prompt, pc.if_else(reads_inside, read, 0))
    lifetimes = pc.add(
        _number(rows, "cache_creation_5m_tokens"), _number(rows, "cache_creation_1h_tokens")
    )
    return {
        "input": pc.max_element_wise(fresh, 0),
        "output": pc.max_element_wise(
            _number(rows, "output_tokens"), _number(rows, "audio_output_tokens")
        ),
        "cache_read": read,
        "cache_creation": pc.max_element_wise(_number(rows, "cache_creation_tokens"), lifetimes),
    }


def _media(rows: pa.Table) -> _Use:
    """What of media was used; 0 where nothing is told of it."""
    billed = _column(rows, "billing_unit")
    quantity, unit = _every(rows, 0).cast(pa.int64()), _every(rows, "Calls")
    for column, name in reversed(_MEASURES.items()):
        value = _micro(rows, column)
        there = pc.greater(value, 0)
        quantity, unit = pc.if_else(there, value, quantity), pc.if_else(there, name, unit)
    for stated, column in _BILLED.items():
        chosen = pc.equal(billed, stated).fill_null(False)
        quantity = pc.if_else(chosen, _micro(rows, column), quantity)
        unit = pc.if_else(chosen, _MEASURES[column], unit)
    return _Use(quantity, unit)


def _micro(rows: pa.Table, name: str) -> pa.Array:
    """A measure in whole millionths: sums of doubles depend on their order."""
    values = _number(rows, name)
    if AI_EVENTS.columns[name] is Type.REAL:
        return pc.round(pc.multiply(values, float(_MICRO))).cast(pa.int64())
    return pc.multiply(values, _MICRO)


def _find_reads_inside(world: World, team: Scope, day: str, rows: pa.Table) -> pa.Array:
    """Which calls have their cache reads within their input tokens; asked once a model."""
    prices = prices_of(world, team)
    names = ["provider", "model"]
    inside = _every(rows, False)
    for pair in rows.select(names).group_by(names).aggregate([]).to_pylist():
        if _has_reads_inside(prices, day, pair):
            same = [_same(_column(rows, name), pair[name]) for name in names]
            inside = pc.or_(inside, pc.and_(*same))
    return inside


def _has_reads_inside(prices: PriceSource, day: str, pair: Mapping[str, str | None]) -> bool:
    """Whether the input of a provider's model includes cache reads."""
    provider, model = pair["provider"] or "", pair["model"] or ""
    price = prices.price(provider, model, day_start(day))
    if price is None:
        return has_reads_inside(fold(provider), fold(model))
    return bool(price.reads_inside)


def _same(values: pa.Array, value: str | None) -> pa.Array:
    """Which of some values are this one."""
    if value is None:
        return pc.is_null(values)
    return pc.equal(values, value).fill_null(False)
