"""Billing runs: everything that a team's usage asks for, rated and invoiced. Batch functions only:
needs pyarrow.

A run writes what it finds from the same events and plans to the same places, so a run that died is
repeated whole: what it wrote is noted before anything freezes. One run at a time has a team; one
that died has it for twenty minutes.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from uuid import uuid4

from chalicelib.identity.records import TENANT
from chalicelib.identity.settings import TenantSettings
from chalicelib.invoicing import book as books
from chalicelib.invoicing import closing, ledger, revenue
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.days import keep
from chalicelib.invoicing.drafting import Drafted, draft, open_windows
from chalicelib.invoicing.gathering import Days, Rated, Watch, gather
from chalicelib.invoicing.late import Adjustments, adjustments
from chalicelib.invoicing.ledger import Open
from chalicelib.invoicing.records import BILLED_DAYS
from chalicelib.kit.clock import MINUTE
from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.parallel import at_once
from chalicelib.kit.telemetry import logger
from chalicelib.kit.turns import in_turn
from chalicelib.ports.documents import Stale, Taken
from chalicelib.ports.lake import NotInLake
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.roster import billed_teams

_DAYS = "days"
LEASE_MS = 20 * MINUTE
"""After this time a run that has not ended is taken for dead; no Lambda lives longer than 15."""


class Busy(MeterlakeError):
    """Another run bills the team (409)."""

    status, code = 409, "CONFLICT"

    def __init__(self, team: str) -> None:
        super().__init__(f"team {team} is being billed by another run")


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did: invoices that were open, froze, were sent; subscriptions with late events;
    days of revenue that were written."""

    drafts: int = 0
    finalized: int = 0
    issued: int = 0
    adjusted: int = 0
    days: int = 0


def bill_due(world: World, *, until: int | None = None) -> dict[str, int]:
    """Bill every team that has subscriptions, and begin none after the instant `until` (ms).
    Answers the sums of all runs, how many `teams` were billed and how many were `interrupted`.

    A team that somebody else changes meanwhile is left to the next run.
    """
    done: Counter[str] = Counter(teams=0, interrupted=0)
    for tenant, team in in_turn(billed_teams(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        try:
            run = bill(world, tenant, team)
        except (Busy, Stale, Taken, NotInLake) as error:
            logger().warning("billing was interrupted", extra={"team": team, "reason": str(error)})
            done["interrupted"] += 1
            continue
        done.update(asdict(run))
        done["teams"] += 1
    if done["teams"]:
        logger().info("billing has run", extra=dict(done))
    return dict(done)


def bill(world: World, tenant: str, team: str, watch: Watch | None = None) -> Run:
    """Rate what is open, adjust what is late, freeze and send what is due. `watch` is told each day
    that is read.

    Raises Busy when another run bills the team, Stale when somebody changed what this one read,
    NotInLake when the lake is being rewritten.
    """
    account = world.documents.get(tenant, TENANT, tenant)
    if not TenantSettings.of(account).bills_usage:
        return Run()
    name = _begin(world, team)
    try:
        return _bill(books.read(world, tenant, team), watch)
    finally:
        _end(world, team, name)


def _bill(book: Book, watch: Watch | None) -> Run:
    opened = ledger.read(book)
    targets = {
        account.id: list(open_windows(book, account, opened[account.id]))
        for account in book.accounts.values()
    }
    all_targets = [rated for several in targets.values() for rated in several]
    billed = _billed(book)
    days = Days(book, all_targets, billed)
    gather(book, all_targets, days, watch)
    changed = [
        day
        for day, generation in billed.items()
        if days.generation(day) != generation or generation < 0
    ]
    late = adjustments(book, opened, days, changed)
    drafted = _draft(book, opened, targets, late)
    gone = {each: invoice for whose in opened.values() for each, invoice in whose.gone.items()}
    written = revenue.write(book, drafted, gone)
    for whose in opened.values():
        ledger.erase(book, whose)
    for day in days.counted.values():
        keep(book.world, book.team, day)
    # Before anything freezes: of a frozen window, only days that are noted are looked at again.
    _note(book, {day: days.generation(day) for day in (*days.used, *billed)})
    finalized, issued = closing.settle(book, opened)
    return Run(
        len(drafted), finalized, issued, sum(any(each.values()) for each in late.values()), written
    )


def _draft(
    book: Book, opened: dict[str, Open], targets: dict[str, list[Rated]], late: Adjustments
) -> list[Drafted]:
    """Write all open invoices. Drafts of subscriptions that are gone go too."""
    for account, whose in opened.items():
        if account not in book.accounts:
            whose.gone = {each: invoice for each, (_, invoice) in whose.drafts.items()}
            whose.drafts = {}
    drafted = at_once(
        lambda account: draft(book, opened[account], targets[account], late.get(account, {})),
        book.accounts,
    )
    return [each for several in drafted for each in several]


def _billed(book: Book) -> dict[str, int]:
    record = book.world.documents.get(book.team, BILLED_DAYS, _DAYS)
    return dict(record.doc.get("days", {})) if record else {}


def _note(book: Book, generations: dict[str, int]) -> None:
    """Remember what was billed, also days without events: some may come late."""

    def noted(doc: Doc) -> Doc | None:
        days = dict(sorted(generations.items()))
        return None if days == doc.get("days") else {**doc, "days": days}

    amend(book.world.documents, book.team, BILLED_DAYS, _DAYS, noted)


def _begin(world: World, team: str) -> str:
    """Take the team for one run, whose name is the answer. Raises Busy while another run has it."""
    name, now = uuid4().hex, world.now()

    def taken(doc: Doc) -> Doc:
        if doc.get("run") and doc["since"] > now - LEASE_MS:
            raise Busy(team)
        return {**doc, "run": name, "since": now}

    amend(world.documents, team, BILLED_DAYS, _DAYS, taken)
    return name


def _end(world: World, team: str, name: str) -> None:
    """Give the team back."""

    def ended(doc: Doc) -> Doc | None:
        return {**doc, "run": ""} if doc.get("run") == name else None

    amend(world.documents, team, BILLED_DAYS, _DAYS, ended)
