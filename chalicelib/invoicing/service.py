"""Billing runs: everything that a team's usage asks for, rated and invoiced. Batch functions only:
needs pyarrow.

A run writes what it finds from the same events and plans to the same places, so a run that died is
repeated whole: what it wrote is noted before anything freezes. One run at a time has a team; one
that died has it for twenty minutes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from uuid import uuid4

from chalicelib.directory.central_bank import read_rates_due
from chalicelib.identity.records import TENANT
from chalicelib.identity.settings import TenantSettings
from chalicelib.invoicing import closing, ledger, revenue
from chalicelib.invoicing.book import Book, read_book
from chalicelib.invoicing.days import TABLES, store_day
from chalicelib.invoicing.drafting import InvoiceDraft, draft, open_windows
from chalicelib.invoicing.gathering import CountedDays, RatedWindow, Watch, gather
from chalicelib.invoicing.late import Adjustments, find_adjustments
from chalicelib.invoicing.ledger import Open
from chalicelib.invoicing.records import BILLED_DAYS, Invoice
from chalicelib.kit.clock import MINUTE
from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.logs import logger
from chalicelib.kit.parallel import at_once
from chalicelib.kit.turns import in_turn
from chalicelib.lake.damage import LakeIncomplete, check_whole
from chalicelib.ports.documents import Stale, Taken
from chalicelib.ports.lake import NotInLake
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.roster import billed_teams

_DAYS = "days"
LEASE_MS = 20 * MINUTE
"""After this time a run that has not ended is taken for dead; no Lambda lives longer than 15."""


class BillingBusy(MeterlakeError):
    """Another run bills the team (409)."""

    status, code = 409, "CONFLICT"

    def __init__(self, team: Scope) -> None:
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
        read_rates_due(world, tenant)
        try:
            run = bill(world, tenant, team)
        except (BillingBusy, Stale, Taken, NotInLake, LakeIncomplete) as error:
            logger().warning("billing was interrupted", extra={"team": team, "reason": str(error)})
            done["interrupted"] += 1
            continue
        done.update(asdict(run))
        done["teams"] += 1
    if done["teams"]:
        logger().info("billing has run", extra=dict(done))
    return dict(done)


def bill(world: World, tenant: Scope, team: Scope, watch: Watch | None = None) -> Run:
    """Rate what is open, adjust what is late, freeze and send what is due. `watch` is told each day
    that is read.

    Raises Busy when another run bills the team, Stale when somebody changed what this one read,
    NotInLake when the lake is being rewritten, LakeIncomplete when it misses events that would be
    billed.
    """
    if not TenantSettings.of(world.documents.get(tenant, TENANT, tenant)).bills_usage:
        return Run()
    name = _begin(world, team)
    try:
        return _bill(read_book(world, tenant, team), watch)
    finally:
        _end(world, team, name)


def _bill(book: Book, watch: Watch | None) -> Run:
    opened = ledger.read_ledgers(book)
    targets = {
        account.id: list(open_windows(book, account, opened[account.id]))
        for account in book.accounts.values()
    }
    all_targets = list(chain.from_iterable(targets.values()))
    billed = _read_generations(book)
    days = CountedDays(book, all_targets, billed)
    gather(book, all_targets, days, watch)
    late = find_adjustments(book, opened, days, _find_changed(billed, days))
    # What an invoice says can hardly be taken back.
    check_whole(book.world, book.team, [table.name for table in TABLES], sorted(days.used))
    drafts = _draft(book, opened, targets, late)
    gone: dict[str, Invoice] = {}
    for whose in opened.values():
        gone |= whose.gone
    written = revenue.write(book, drafts, gone)
    for whose in opened.values():
        ledger.erase(book, whose)
    for day in days.counted.values():
        store_day(book.world, book.team, day)
    # Before anything freezes: of a frozen window, only days that are noted are looked at again.
    _note_generations(book, {day: days.generation(day) for day in (*days.used, *billed)})
    finalized, issued = closing.close_due(book, opened)
    return Run(
        drafts=len(drafts),
        finalized=finalized,
        issued=issued,
        adjusted=sum(any(lines.values()) for lines in late.values()),
        days=written,
    )


def _draft(
    book: Book, opened: dict[str, Open], targets: dict[str, list[RatedWindow]], late: Adjustments
) -> list[InvoiceDraft]:
    """Write all open invoices. Drafts of subscriptions that are gone go too."""
    for account, whose in opened.items():
        if account not in book.accounts:
            for stored in whose.drafts.values():
                whose.gone[stored.record.id] = stored.invoice
            whose.drafts = {}

    def draft_account(account: str) -> list[InvoiceDraft]:
        return draft(book, opened[account], targets[account], late.get(account, {}))

    return list(chain.from_iterable(at_once(draft_account, book.accounts)))


def _find_changed(billed: Mapping[str, int], days: CountedDays) -> list[str]:
    """The days whose files are no longer those that were billed."""
    changed: list[str] = []
    for day, generation in billed.items():
        if generation < 0 or days.generation(day) != generation:
            changed.append(day)
    return changed


def _read_generations(book: Book) -> dict[str, int]:
    """The generation by day that usage was last billed at."""
    record = book.world.documents.get(book.team, BILLED_DAYS, _DAYS)
    return dict(record.doc.get("days", {})) if record else {}


def _note_generations(book: Book, generations: dict[str, int]) -> None:
    """Remember what was billed, also days without events: some may come late."""
    days = dict(sorted(generations.items()))

    def change(doc: Doc) -> Doc | None:
        return None if days == doc.get("days") else {**doc, "days": days}

    amend(book.world.documents, book.team, BILLED_DAYS, _DAYS, change)


def _begin(world: World, team: Scope) -> str:
    """Take the team for one run, whose name is the answer. Raises Busy while another run has it."""
    name, now = uuid4().hex, world.now()

    def take(doc: Doc) -> Doc:
        if doc.get("run") and doc["since"] > now - LEASE_MS:
            raise BillingBusy(team)
        return {**doc, "run": name, "since": now}

    amend(world.documents, team, BILLED_DAYS, _DAYS, take)
    return name


def free_runs(world: World) -> int:
    """Take all runs for dead, because whoever asks knows that nobody else is at work; how many
    teams they had."""
    freed = 0
    for _, team in billed_teams(world.documents):
        record = world.documents.get(team, BILLED_DAYS, _DAYS)
        if record and record.doc.get("run"):
            _end(world, team, record.doc["run"])
            freed += 1
    return freed


def _end(world: World, team: Scope, name: str) -> None:
    """Give the team back."""

    def give_back(doc: Doc) -> Doc | None:
        return {**doc, "run": ""} if doc.get("run") == name else None

    amend(world.documents, team, BILLED_DAYS, _DAYS, give_back)
