"""Reports on bills: by key, model, workspace, and day. Totals are of the whole filtered result,
never of a page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.money import to_usd
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.billed import Billed, BilledQuestion, ask
from chalicelib.providers.billed_rows import show_day, show_key, show_model, show_workspace
from chalicelib.providers.billed_schemas import BilledQuery
from chalicelib.providers.lookup import progresses_of
from chalicelib.providers.workspaces import DEFAULT_NAME, Workspace, workspaces_of
from chalicelib.resources import hal

Json = dict[str, Any]
_EMBEDDED = "objectList"


@dataclass(frozen=True, slots=True)
class BilledReport:
    """A report: the columns it is asked by, and whether the key narrows it. `text` is the member
    that the parameter `query` is found in."""

    by: Sequence[str]
    text: str = ""
    keyed: bool = True


def report_models(world: World, team: Scope, query: BilledQuery, asked: Request) -> Json:
    """What each model of each provider was billed for."""
    groups = _ask(world, team, query, _MODELS)
    whole = sum(group.cost for group in groups)
    rows = [show_model(group, whole) for group in groups]
    return _page(world, team, query, asked, _Rows(rows, [[group] for group in groups], _MODELS))


def report_keys(world: World, team: Scope, query: BilledQuery, asked: Request) -> Json:
    """What each key of each provider was billed for; what no key is known of is one too."""
    groups = _ask(world, team, query, _KEYS)
    rows = _Rows([show_key(group) for group in groups], [[group] for group in groups], _KEYS)
    return _page(world, team, query, asked, rows)


def report_days(world: World, team: Scope, query: BilledQuery, asked: Request) -> Json:
    """What was billed by UTC day, provider and model."""
    asked_for = _ask(world, team, query, _DAYS)
    groups = [group for group in asked_for if group.usd_nano is not None]
    rows = _Rows([show_day(group) for group in groups], [[group] for group in groups], _DAYS)
    # Lines without an exchange rate may be the only ones of their day.
    page = _page(world, team, query, asked, rows)
    return page | {"unconvertedLines": sum(group.unrated for group in asked_for)}


def report_workspaces(world: World, team: Scope, query: BilledQuery, asked: Request) -> Json:
    """What each workspace was billed for; those of one display name are one row."""
    known = {(each.source, each.workspace_id): each for each in workspaces_of(world, team)}
    merged: dict[str, tuple[Billed, list[Workspace | None]]] = {}
    parts: dict[str, list[Billed]] = {}
    groups = _ask(world, team, query, _WORKSPACES)
    for group in groups:
        provider, connection, workspace_id, name = group.names
        workspace = known.get((connection, workspace_id))
        shown = workspace.display_name if workspace else name or workspace_id or DEFAULT_NAME
        key = shown.strip().casefold()
        one = replace(group, names=(provider, workspace_id, shown))
        parts.setdefault(key, []).append(group)
        sum_, members = merged.get(key, (None, []))
        merged[key] = (sum_ + one if sum_ else one, [*members, workspace])
    rows = [show_workspace(sum_, members) for sum_, members in merged.values()]
    return _page(world, team, query, asked, _Rows(rows, list(parts.values()), _WORKSPACES))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows, and for each the groups that are in it."""

    rows: Sequence[Json]
    sums: Sequence[Sequence[Billed]]
    report: BilledReport


def _ask(world: World, team: Scope, query: BilledQuery, report: BilledReport) -> list[Billed]:
    narrowed = query.lines(keyed=report.keyed)
    return ask(world, team, BilledQuestion(query.days(world.now()), report.by, narrowed))


def _page(world: World, team: Scope, query: BilledQuery, asked: Request, found: _Rows) -> Json:
    kept = [
        (row, groups)
        for row, groups in zip(found.rows, found.sums, strict=True)
        if query.keeps(row["totalCost"]) and _matches(row, found.report.text, query.query)
    ]
    sums = [group for _, groups in kept for group in groups]
    orders = hal.parse_sort(
        query.sort, found.rows[0] if found.rows else _anything(query), "row of a bill"
    )
    ordered = hal.sort_rows([row for row, _ in kept], orders, lambda row, member: row[member])
    page = query.request.cut(ordered)
    refreshed = [each.succeeded_at for each in progresses_of(world, team) if each.succeeded_at]
    return {
        **hal.build_page(asked, query.request, _EMBEDDED, page, len(ordered)),
        "totalCost": to_usd(sum(each.cost for each in sums)),
        "costByProvider": _by_provider(sums, lambda each: each.cost),
        "creditsAppliedByProvider": _by_provider(sums, lambda each: each.credits_nano),
        "totalCreditsApplied": _total(each.credits_nano for each in sums),
        "lastRefreshDate": iso(max(refreshed)) if refreshed else None,
        "unconvertedLines": sum(each.unrated for each in sums),
    }


def _anything(query: BilledQuery) -> Iterable[str]:
    """Without rows nobody knows their members: every order is as good."""
    return [text.partition(",")[0].strip() for text in query.sort]


def _matches(row: Mapping[str, Any], member: str, text: str | None) -> bool:
    return not text or not member or text.strip().casefold() in str(row[member] or "").casefold()


def _by_provider(
    sums: Iterable[Billed], value: Callable[[Billed], int | None]
) -> dict[str, Decimal | None]:
    found: dict[str, list[int | None]] = {}
    for each in sums:
        found.setdefault(each.names[0], []).append(value(each))
    return {provider: _total(values) for provider, values in sorted(found.items())}


def _total(values: Iterable[int | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return to_usd(sum(known)) if known else None


_MODELS = BilledReport(("provider", "model"), text="model")
_KEYS = BilledReport(("provider", "api_key_id", "api_key", "workspace_id"), text="name")
_DAYS = BilledReport(("provider", "model", "billed_at"), keyed=False)
_WORKSPACES = BilledReport(
    ("provider", "connection_id", "workspace_id", "workspace"), text="workspace", keyed=False
)
