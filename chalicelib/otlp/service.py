"""The verb of OTLP: take an export."""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.identity.records import Principal
from chalicelib.kit.errors import Throttled
from chalicelib.lake.tables import TRACE_SPANS
from chalicelib.metering.service import MOST_AHEAD, OLDEST, record
from chalicelib.metering.untold import EARLY, EMPTY, METRIC, REFUSED, UNUSED, note_untold
from chalicelib.otlp.forms import Export, Signal
from chalicelib.otlp.genai import Bounds
from chalicelib.otlp.logs import log_drafts
from chalicelib.otlp.rejects import METRICS_UNCOUNTED, Rejects
from chalicelib.otlp.spans import span_drafts
from chalicelib.otlp.wrapping import Settling
from chalicelib.ports.world import World


class Busy(Throttled):
    """We are asked for more than we can take at this moment (503: some exporters give up at a
    429)."""

    status = 503


class ExportResult(NamedTuple):
    """What became of an export: records produced, whether they are new or known, and what was
    refused."""

    processed: int
    rejects: Mapping[Signal, Rejects]


def take(world: World, principal: Principal, export: Export) -> ExportResult:
    """Store what an export tells of; what it has told before stays as it was. Raises Busy: it must
    then come again."""
    bounds = Bounds(OLDEST, world.now() + MOST_AHEAD)
    spans, logs = span_drafts(export.spans, bounds), log_drafts(export.logs, bounds)
    drafts = [*spans.drafts, *logs.drafts]
    try:
        settling = Settling(world, principal, spans)
        record(world, principal, drafts, settling.notes)
        marked = settling.finish()
    except Throttled as error:
        raise Busy(error.message) from error
    for place, left in spans.left.items():
        if place not in marked:
            spans.rejects.add_leftover(left)
    rejects = (spans.rejects, logs.rejects)
    unused = sum(each.unused for each in rejects)
    refused = sum(each.number for each in rejects) - unused
    metrics = Rejects("metrics")
    if export.usage_points:
        metrics.remark = METRICS_UNCOUNTED
    numbers = {
        REFUSED: refused,
        UNUSED: unused,
        EARLY: spans.rejects.warnings,
        EMPTY: spans.rejects.empty,
        METRIC: export.usage_points,
    }
    if any(numbers.values()):
        note_untold(world, principal.team, numbers)
    processed = sum(draft.table is not TRACE_SPANS for draft in drafts)
    by_signal = {
        Signal.TRACES: spans.rejects,
        Signal.LOGS: logs.rejects,
        Signal.METRICS: metrics,
    }
    return ExportResult(processed, by_signal)
