"""The progress of several budgets at once."""

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.alerts.progress import Progress, read_progress
from chalicelib.alerts.progress_rows import show_groups, show_head, show_trend, show_use
from chalicelib.alerts.progress_schemas import MOST_IDS, BulkErrorCode, BulkQuery
from chalicelib.alerts.records import AI_ANOMALY, AlertRule
from chalicelib.budgets.usage import Reader
from chalicelib.identity.records import Principal
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.ids import number_of
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.resources.listing import read_many

Json = dict[str, Any]


def read_bulk(world: World, principal: Principal, query: BulkQuery) -> Json:
    """The progress of several budgets, an item an id, in their order. Raises Invalid for too many
    ids, EngineBusy."""
    ids = list(_split(query.ids))
    if not 0 < len(ids) <= MOST_IDS:
        message = f"takes 1 to {MOST_IDS} ids"
        raise Invalid(f"ids: {message}", faults=[Fault("ids", message, "RANGE", len(ids))])
    now = world.now() if query.now is None else query.now
    known = [each for each in ids if number_of(each) is not None]
    records = read_many(world, principal.team, AI_ANOMALY, known)
    reader = Reader(Asker.of(world, principal.team))
    items: dict[str, Json] = {}
    for each in ids:
        if each in items:
            continue
        record = records.get(each)
        refusal = _refusal_of(each, record)
        if refusal or record is None:
            items[each] = refusal
            continue
        progress = read_progress(world, principal, AlertRule.of(record), now, reader)
        items[each] = _show_success(progress, trend=query.includeTrend)
    return {"items": [items[each] for each in ids]}


def _split(ids: Sequence[str]) -> Iterator[str]:
    """Ids that were repeated, or stand in one text with commas between."""
    for text in ids:
        yield from (each.strip() for each in text.split(",") if each.strip())


def _refusal_of(rule_id: str, record: Record | None) -> Json:
    """What an id that leads to no budget is answered; nothing for one that does."""
    if number_of(rule_id) is None:
        code, message = BulkErrorCode.VALIDATION_ERROR, "Failed to decode hashed Id"
    elif record is None or record.deleted:
        code, message = BulkErrorCode.NOT_FOUND, "Couldn't find Anomaly with ID"
    elif not AlertRule.of(record).is_budget:
        code, message = BulkErrorCode.UNSUPPORTED_TYPE, "No budget (CUMULATIVE_USAGE)"
    else:
        return {}
    told = rule_id[:64]
    error = {"code": code, "type": code, "message": f"{message}: [{told}]"}
    return {"ok": False, "id": rule_id, "error": error}


def _show_success(progress: Progress, *, trend: bool) -> Json:
    rule = progress.rule
    item = {
        "ok": True,
        "alertId": rule.id,
        "cumulativePeriod": rule.period,
        **show_head(progress),
        **show_use(progress),
        **(show_trend(progress) if trend else {}),
    }
    if rule.group_by is None:
        return item
    return item | {"groups": show_groups(progress), "groupCount": len(progress.groups)}
