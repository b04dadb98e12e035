"""Erasure, as a whole: idempotent, and restartable wherever it was interrupted. Needs pyarrow:
never on the API path.

In this order: prompts and ledger, then (when what the ledger said is on its way) the lake, then the
records; the subscriber's own record goes last.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from chalicelib.erasure import ledger, places, records
from chalicelib.erasure.places import Place, PlaceReport
from chalicelib.erasure.subject import Subject
from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World

AUDIT = "ERASURE"
_PASSES = 3
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
    world: World,
    team: str,
    subject: Subject,
    author: str,
    *,
    dry_run: bool = False,
    feed: Callable[[], object] = lambda: None,
    watch: Watch = lambda some, _: some,
) -> Report:
    """Take a person out of all that a team has stored; leaves an audit record, which does not name
    them, when there was anything. `feed` brings what the ledger holds to the lake, where nobody
    else does.

    Raises Unfinished, Stale, Throttled: run it again then.
    """
    report = Report()
    events, report.versions = ledger.find_suspects(world, team, subject)
    if not dry_run:
        # Not the number that was found: events that came meanwhile are rewritten too.
        report.versions, report.prompts = ledger.erase(world, team, subject, events)
        feed()
    _sweep(world, team, subject, report, dry_run=dry_run, watch=watch)
    for record in list(records.find_records(world, team, subject)):
        report.records += 1
        if not dry_run:
            records.erase(world, team, record, subject)
    if dry_run:
        report.records += len(subject.ids)
        return report
    report.records += records.erase_subscribers(world, team, subject)
    if report:
        _audit(world, team, subject, author, report)
    return report


def _sweep(
    world: World, team: str, subject: Subject, report: Report, *, dry_run: bool, watch: Watch
) -> None:
    """Every place once; those that somebody else was at work on again, a few times."""
    waiting = list(places.walk_places(world, team))
    for attempt in range(_PASSES):
        busy: list[Place] = []
        for place in watch(waiting, "lake" if not attempt else "lake, once more"):
            found = places.erase(world, team, place, subject, dry_run=dry_run)
            _count(report, found)
            if found.busy:
                busy.append(place)
        if not busy:
            return
        waiting = busy
    names = ", ".join(f"{place.table} of {place.day}" for place in waiting[:5])
    raise Unfinished(
        f"{len(waiting)} days are being rewritten by somebody else ({names}): run it again in a while"
    )


def _count(report: Report, found: PlaceReport) -> None:
    report.rows += found.rows
    report.files += found.files
    report.days += bool(found.rows)
    report.prompts += found.prompts


def _audit(world: World, team: str, subject: Subject, author: str, report: Report) -> None:
    now = world.now()
    doc = {"author": author, "at": now, "token": subject.token, **asdict(report)}
    world.documents.create(
        team, Record(AUDIT, new_id(), doc, f"{now:016d}", created_at=now, updated_at=now)
    )
