"""meterlake prices: the list prices that come with the product, renewed, looked up and compared."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.pricing.rates import Price
    from chalicelib.pricing.units import Rule


_FEES = {"call": "a call", "search": "a web search", "grounding": "a grounded prompt"}


@click.group()
def prices() -> None:
    """List prices: renew them from the installed genai-prices, or look one up."""


@prices.command()
@click.option(
    "--check", is_flag=True, help="Write nothing, and fail when the checked-in book differs."
)
def update(check: bool) -> None:
    """Compile the installed genai-prices into the price book, and say what changed."""
    from infra.prices import compile as compiler
    from infra.prices.diff import lines

    new, old = compiler.render(), compiler.TARGET.read_text(encoding="utf-8")
    if new == old:
        echo(f"{compiler.TARGET.name} is what {json.loads(new)['version']} says")
        return
    for line in lines(json.loads(old), json.loads(new)):
        echo(line)
    if check:
        raise click.ClickException(
            f"{compiler.TARGET} is not what is installed: run `meterlake prices update`"
        )
    compiler.main()
    echo(f"wrote {compiler.TARGET}")


@prices.command()
@click.argument("provider")
@click.argument("model")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="UTC day; today when it is left out.")
def show(provider: str, model: str, at: datetime | None) -> None:
    """What a call of MODEL at PROVIDER costs by the list, the names as callers write them. Exits 1
    when unknown."""
    from chalicelib.kit.clock import millis, now_ms
    from chalicelib.pricing.book import book

    instant = millis(at) if at else now_ms()
    price = book().price(provider, model, instant)
    vendor, rules = book().find_media(provider, model)
    if price:
        for line in _tokens(price, instant):
            echo(line)
    for rule in rules:
        echo(f"{vendor} {_unit(rule, instant)}")
    if not price and not rules:
        raise click.ClickException(f"no list price of {model} at {provider} is known")


@prices.command()
@click.option("--write", is_flag=True, help="Renew the list, verdicts kept.")
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="UTC day; today when it is left out.")
def check(write: bool, at: datetime | None) -> None:
    """List where genai-prices and LiteLLM's map disagree by more than 1 %, with the verdict that
    docs/prices.md has for each. Exits 1 when one has none yet."""
    from chalicelib.kit.clock import DAY, millis, now_ms
    from chalicelib.pricing.book import book
    from infra.prices import check as checker

    instant = millis(at) if at else now_ms()
    found = list(checker.find_disagreements(book(), instant // DAY * DAY))
    verdicts = checker.read_verdicts(checker.TARGET.read_text(encoding="utf-8"))
    new = 0
    for each in found:
        new += each.key not in verdicts
        echo(each.line(verdicts.get(each.key, "NEW")))
    echo(f"{len(found)} disagreements between {checker.versions()}, {new} of them new")
    if write:
        checker.write(found, verdicts)
        echo(f"wrote {checker.TARGET} and {checker.OPENED}")
    elif new:
        raise click.ClickException("judge the new ones: `meterlake prices check --write`")


def _tokens(price: "Price", instant: int) -> Iterator[str]:
    tariff = price.tariff_at(instant)
    if price.free:
        yield f"{price.vendor} {price.model}: free ({price.version})"
        return
    yield f"{price.vendor} {price.model}, USD a million tokens ({price.version})"
    for start, rates in ((0, tariff.base), *reversed(tariff.steps)):
        told = (
            f"{name} {_usd(rate, 9)}"
            for name, rate in asdict(rates).items()
            if rate and name not in _FEES and name not in price.lacks
        )
        yield f"  {f'over {start} tokens of input: ' if start else ''}{', '.join(told)}"
        if price.lacks:
            yield f"  and nobody knows: {', '.join(sorted(price.lacks))}"
        for name, unit in _FEES.items():
            fee = getattr(rates, name)
            if fee:
                yield f"  and USD {_usd(fee, 9)} {unit}"


def _unit(rule: "Rule", instant: int) -> str:
    """USD a unit, and what the usage must be."""
    price, version = rule.at(instant)
    told = (f"{name} {' or '.join(sorted(values - {''}))}" for name, values in rule.conditions)
    return f"{rule.unit} {_usd(price, 15)} ({'; '.join(told)}; {version})"


def _usd(nano: int, digits: int) -> str:
    return f"{Decimal(nano).scaleb(-digits).normalize():f}"
