"""Erasure, as a whole: idempotent, and restartable wherever it was interrupted. Needs pyarrow:
never on the API path.

In this order: prompts and ledger, then (when what the ledger said is on its way) the lake, then the
records; the subscriber's own record goes last.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from chalicelib.budgets.generations import recount
from chalicelib.erasure import ledger, places, records
from chalicelib.erasure.places import Place, PlaceReport
from chalicelib.erasure.task import Task
from chalicelib.kit.errors import MeterlakeError
from chalicelib.resources.audit import ERASE, note_change

_PASSES = 3
"""Looks at a day that somebody else keeps rewriting."""
Watch = Callable[[Iterable[Place], str], Iterable[Place]]
"""Lets somebody watch places go by; the text says what is done."""


class Unfinished(MeterlakeError):
    """Days of the lake are being rewritten by somebody else (409): what is left is done by running
    it again."""

    status, code = 409, "CONFLICT"


@dataclass(slots=True)
class Report:
    """What was rewritten (or would be): records; rows, files and days of the lake; versions in the
    ledger; prompts."""

    records: int = 0
    rows: int = 0
    files: int = 0
    days: int = 0
    versions: int = 0
    prompts: int = 0

    def __bool__(self) -> bool:
        return any(asdict(self).values())


def erase(
    task: Task,
    author: str,
    *,
    feed: Callable[[], object] = lambda: None,
    watch: Watch = lambda places, _: places,
) -> Report:
    """Take a person out of all that a team has stored; leaves an audit record, which does not name
    them, when there was anything. `author` is who asked for it. `feed` brings what the ledger holds
    to the lake, where nobody else does.

    Raises Unfinished, Stale, Throttled: run it again then.
    """
    report = Report()
    events, report.versions = ledger.find_suspects(task)
    if not task.dry_run:
        # Not the number that was found: events that came meanwhile are rewritten too.
        report.versions, report.prompts = ledger.erase(task, events)
        feed()
        task.world.lake.sweep(task.team)
        task.world.vault.sweep(task.team)
    _rewrite_places(task, report, watch)
    for record in list(records.find_records(task)):
        report.records += 1
        if not task.dry_run:
            records.erase(task, record)
    if task.dry_run:
        report.records += len(task.subject.ids)
        return report
    report.records += records.erase_subscribers(task)
    # Counters by person go by what calls told: they are made anew from what is left.
    recount(task.world, task.team)
    if report:
        _audit(task, author, report)
    return report


def _rewrite_places(task: Task, report: Report, watch: Watch) -> None:
    """Every place once; those that somebody else was at work on again, a few times. Raises
    Unfinished."""
    waiting = list(places.walk_places(task.world, task.team))
    for attempt in range(_PASSES):
        label = "lake, once more" if attempt else "lake"
        busy: list[Place] = []
        for place in watch(waiting, label):
            found = places.erase(task, place)
            _count(report, found)
            if found.busy:
                busy.append(place)
        if not busy:
            return
        waiting = busy
    names = ", ".join(f"{place.table} of {place.day}" for place in waiting[:5])
    raise Unfinished(
        f"{len(waiting)} days are being rewritten by somebody else ({names}):"
        " run it again in a while"
    )


def _count(report: Report, found: PlaceReport) -> None:
    report.rows += found.rows
    report.files += found.files
    report.prompts += found.prompts
    if found.rows:
        report.days += 1


def _audit(task: Task, author: str, report: Report) -> None:
    facts = {"token": task.subject.token, **asdict(report)}
    note_change(task.world, task.team, ERASE, author, facts)
