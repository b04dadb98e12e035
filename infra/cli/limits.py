"""meterlake bills limits: cost controls as the providers' own spend limits."""

import os
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.cli.account import check_team
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.providers.limiters.limiter import Standing
    from chalicelib.spend_limits.planning import Plan
    from chalicelib.spend_limits.watching import Watched

_TEAM = click.option("--team", required=True, help="Team id.")


class _Usd(click.ParamType[Decimal]):
    name = "usd"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            amount = Decimal(0)
        if not amount.is_finite() or amount <= 0:
            self.fail(f"{value!r} is no amount", param, ctx)
        return amount


@click.group()
def limits() -> None:
    """Cost controls that stand at providers as their own spend limits, so that they hold even while
    this is down."""


@limits.command("list")
@place_options
@_TEAM
def list_limits(data: Path, stage: str, team: str) -> None:
    """Ask the providers what stands, and show it beside the rules. Exits 1 when something has
    drifted."""
    from chalicelib.spend_limits.watching import look_again, walk_limits

    world = open_world(data, stage)
    owner = check_team(world, team)
    drifted = False
    for each in list(walk_limits(world, owner)):
        seen = look_again(world, owner, each)
        drifted = drifted or bool(seen.drift)
        for line in _describe_limit(seen):
            echo(line)
    if drifted:
        raise SystemExit(1)


@limits.command()
@place_options
@_TEAM
@click.option("--connection", default="", help="Its id, where several lead to the provider.")
@click.option("--target", default="", help="A project, workspace or key hash at the provider.")
@click.option("--amount", type=_Usd(), help="USD, at most the rule's.")
@click.option("--partial", is_flag=True, help="A part of the account is meant.")
@click.option("--replace", "may_replace", is_flag=True,
              help="What stands there may go, though lower or of another period.")  # fmt: skip
@click.option("--write", is_flag=True, help="Write it; nothing is changed without.")
@click.argument("rule")
def push(
    data: Path,
    stage: str,
    team: str,
    connection: str,
    target: str,
    amount: Decimal | None,
    partial: bool,
    may_replace: bool,
    write: bool,
    rule: str,
) -> None:
    """Say what writing a cost control to its provider would do, what stands there now, and what is
    in the way. Exits 1 when it cannot be written."""
    from chalicelib.kit.errors import MeterlakeError
    from chalicelib.spend_limits.planning import Order, make_plan
    from chalicelib.spend_limits.pushing import push as write_limit

    world = open_world(data, stage)
    owner = check_team(world, team)
    try:
        order = Order(rule, connection, target, amount, partial=partial, replace=may_replace)
        plan = make_plan(world, owner, order)
        for line in _describe_plan(plan):
            echo(line)
        if write and not plan.faults:
            record = write_limit(world, owner, _author(), plan)
            echo(f"written: {record.id}")
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error
    if plan.faults:
        raise SystemExit(1)
    if not write:
        echo("nothing was changed: --write writes it")


@limits.command()
@place_options
@_TEAM
@click.option("--forget", is_flag=True, help="Do not ask the provider: what stands there stays.")
@click.option("--write", is_flag=True, help="Do it; nothing is changed without.")
@click.argument("limit")
def remove(data: Path, stage: str, team: str, forget: bool, write: bool, limit: str) -> None:
    """Put back what limited a provider before us."""
    from chalicelib.kit.errors import MeterlakeError
    from chalicelib.spend_limits.pushing import remove as take_away
    from chalicelib.spend_limits.watching import walk_limits

    world = open_world(data, stage)
    owner = check_team(world, team)
    found = [each for each in walk_limits(world, owner) if each.record.id == limit]
    if not found:
        raise click.ClickException(f"there is no limit {limit!r}")
    former = found[0].limit.former
    echo(f"before us stood {_describe_standing(former)}")
    if not write:
        echo("nothing was changed: --write puts it back")
        return
    try:
        done = take_away(world, owner, _author(), found[0].record, forget=forget)
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error
    echo(done)


def _author() -> str:
    return f"command line ({os.environ.get('USER') or 'unknown'})"


def _describe_plan(plan: "Plan") -> Iterator[str]:
    place = plan.place
    yield f"{plan.rule.name}: {plan.rule.hard_limit} USD {plan.rule.window}"
    if place is not None:
        connection = place.connection
        yield f"  at {_describe_place(connection.name, connection.provider, place.target)}"
        yield f"  stands: {_describe_standing(place.standing)}"
        if not plan.faults:
            yield f"  {plan.action}: {Decimal(place.cents).scaleb(-2)} USD {place.period}"
        yield f"  {place.limiter.caveat}"
    for fault in plan.faults:
        yield f"  {fault.code}: {fault.field}: {fault.message}"


def _describe_limit(seen: "Watched") -> Iterator[str]:
    limit = seen.limit
    where = _describe_place(limit.connection_name, limit.provider, limit.target)
    yield f"{seen.record.id} {limit.rule_name} at {where}"
    written = f"{Decimal(limit.cents).scaleb(-2)} USD {limit.period}"
    yield f"  written {written}; stands {_describe_standing(limit.standing)}"
    if seen.drift:
        yield f"  drifted: {', '.join(seen.drift)} {limit.error}".rstrip()


def _describe_place(connection: str, provider: str, target: str) -> str:
    return f"{connection} ({', '.join(filter(None, (provider, target)))})"


def _describe_standing(standing: "Standing | None") -> str:
    if standing is None:
        return "not known"
    if standing.cents is None:
        return "no limit"
    spent = standing.spent_cents
    parts = [f"{standing.cents.scaleb(-2)} {standing.currency or 'USD'} {standing.period}"]
    if spent is not None:
        parts.append(f"{spent.scaleb(-2)} spent")
    if standing.is_enforced is not None:
        parts.append("enforced" if standing.is_enforced else "not enforcing")
    return ", ".join(parts)
