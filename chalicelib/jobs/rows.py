"""Jobs as they are shown."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from chalicelib.jobs.costs import Spent
from chalicelib.jobs.records import shown_id
from chalicelib.kit.clock import iso
from chalicelib.ports.documents import Record
from chalicelib.resources.hal import self_link

PATH = "/profitstream/v2/api/jobs"
_PLAIN = (
    "agenticJobId name type version environment source entityVersion executionStatus outcomeType outcomeCurrency "
    "outcomeMetadata outcomeReason outcomeUpdateCount outcomeUpdatedBy"
).split()
_TIMES = ("outcomeReportedAt", "outcomeUpdatedAt")
Row = dict[str, Any]


def label(doc: Mapping[str, Any]) -> str:
    """What a job is called."""
    return str(doc["name"] or doc["agenticJobId"])


def value_of(doc: Mapping[str, Any]) -> Decimal | None:
    """The value of an outcome, as it was sent."""
    value = doc.get("outcomeValue")
    return None if value is None else Decimal(value)


def row(record: Record, spent: Spent | None = None) -> Row:
    """A job, with its costs where they are known."""
    doc = record.doc
    shown: Row = {name: doc.get(name) for name in _PLAIN}
    shown |= {name: None if doc.get(name) is None else iso(doc[name]) for name in _TIMES}
    shown |= {
        "id": shown_id(record),
        "resourceType": "job",
        "label": label(doc),
        "hasOutcome": doc.get("executionStatus") is not None,
        "outcomeValue": value_of(doc),
        "created": iso(record.created_at),
        "updated": iso(record.updated_at),
        "_links": self_link(f"{PATH}/{quote(doc['agenticJobId'], safe='')}"),
    }
    if spent is not None:
        shown |= {
            "totalCost": spent.ai.usd,
            "toolCost": spent.tools.usd,
            "transactionCount": spent.ai.calls,
            "unpricedCount": spent.unpriced,
        }
    return shown
