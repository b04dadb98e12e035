"""Breakdown: what models have in something, the costliest first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.kit.money import to_usd
from chalicelib.lake.dimensions import PROVIDER
from chalicelib.reports.measures import quotient
from chalicelib.reports.service import fold_spellings

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelShare:
    """What a model of a provider has: calls, those of them with a known cost, that cost (nano-USD),
    and tokens."""

    model: str
    provider: str
    calls: int
    priced: int
    cost_nano: int
    tokens: int


@dataclass(slots=True)
class _Model:
    """All shares of one model."""

    providers: set[str] = field(default_factory=set)
    calls: int = 0
    priced: int = 0
    cost_nano: int = 0
    tokens: int = 0

    def add(self, share: ModelShare) -> None:
        self.providers.add(share.provider)
        self.calls += share.calls
        self.priced += share.priced
        self.cost_nano += share.cost_nano
        self.tokens += share.tokens


def break_down(shares: Iterable[ModelShare]) -> list[Json]:
    """A row a model, the costliest first: cost (USD), calls, tokens, and the percentage of all
    cost, which is 0 where nothing cost anything. `provider` is null where several sold the model or
    nobody is known to; `unpricedCount` tells the calls whose cost is not known, where there are
    any."""
    models: dict[str, _Model] = {}
    for share in shares:
        models.setdefault(share.model, _Model()).add(share)
    total = sum(each.cost_nano for each in models.values())
    ordered = sorted(models.items(), key=lambda item: (-item[1].cost_nano, item[0]))
    return [_show(name, each, total) for name, each in ordered]


def _show(name: str, model: _Model, total: int) -> Json:
    shown: Json = {
        "model": name,
        "provider": single_provider(model.providers),
        "totalCost": to_usd(model.cost_nano),
        "totalTokenCount": model.tokens,
        "requestCount": model.calls,
        "percentage": quotient(model.cost_nano * 100, total),
    }
    unpriced = model.calls - model.priced
    return shown | {"unpricedCount": unpriced} if unpriced else shown


def single_provider(names: Iterable[str]) -> str | None:
    """The one provider that all of some names are spellings of; None when they are of several, or
    of none."""
    spellings = set(names)
    renames: Mapping[str, str] = fold_spellings(spellings)
    shown = {renames.get(name.lower(), name) for name in spellings}
    only = shown.pop() if len(shown) == 1 else None
    return None if only == PROVIDER.absent else only
