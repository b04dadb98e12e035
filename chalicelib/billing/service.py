"""Billing runs: everything that a team's usage asks for, rated and invoiced. Batch functions only: needs pyarrow.

A run writes what it finds from the same events and plans to the same places, so a run that died is repeated whole:
days are noted as billed last. Two runs at once cannot both win, since each invoice is written at the version that was
read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalicelib.billing import book as books
from chalicelib.billing import closing, ledger, revenue
from chalicelib.billing.book import Book
from chalicelib.billing.days import keep
from chalicelib.billing.drafting import Drafted, draft, open_windows
from chalicelib.billing.gathering import Days, Rated, gather
from chalicelib.billing.late import Adjustments, adjustments
from chalicelib.billing.ledger import Open
from chalicelib.billing.records import BILLED_DAYS, Invoice
from chalicelib.billing.teams import billed_teams
from chalicelib.catalog.tenancy import bills_usage
from chalicelib.identity.records import TENANT
from chalicelib.kit.telemetry import logger
from chalicelib.lake.amend import Doc, amend
from chalicelib.ports.documents import Stale, Taken
from chalicelib.ports.lake import NotInLake
from chalicelib.ports.world import World

_DAYS = "days"
Watch = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did: invoices that were open, froze, were sent; subscriptions with late events; days of revenue that
    were written."""

    drafts: int = 0
    finalized: int = 0
    issued: int = 0
    adjusted: int = 0
    days: int = 0


def bill_due(world: World, *, until: int | None = None) -> Iterator[tuple[str, Run]]:
    """Bill every team that has subscriptions; begins none after the instant `until` (ms).

    A team that somebody else changes meanwhile is left to the next run.
    """
    for tenant, team in billed_teams(world.documents):
        if until is not None and world.now() >= until:
            return
        try:
            yield team, bill(world, tenant, team)
        except (Stale, Taken, NotInLake) as error:
            logger().warning("billing was interrupted", extra={"team": team, "reason": str(error)})


def bill(world: World, tenant: str, team: str, watch: Watch | None = None) -> Run:
    """Rate what is open, adjust what is late, freeze and send what is due. `watch` is told each day that is read.

    Raises Stale and Taken when somebody else bills the team at the same time, NotInLake when the lake is rewritten.
    """
    account = world.documents.get(tenant, TENANT, tenant)
    if account and not bills_usage(account.doc.get("usageBillingEnabled")):
        return Run()
    book = books.read(world, tenant, team)
    opened = ledger.read(book)
    targets = {account.id: list(open_windows(book, account, opened[account.id])) for account in book.accounts.values()}
    all_targets = [rated for several in targets.values() for rated in several]
    billed = _billed(book)
    days = Days(book, all_targets, billed)
    gather(book, all_targets, days, watch)
    changed = [day for day, generation in billed.items() if days.generation(day) != generation or generation < 0]
    late = adjustments(book, opened, days, changed)
    drafted, gone = _draft(book, opened, targets, late)
    written = revenue.write(book, drafted, [invoice for _, invoice in gone], [each for each, _ in gone])
    finalized = closing.finalize(book, opened)
    issued = closing.issue(book, opened)
    for day in days.counted.values():
        keep(world, team, day)
    _note(book, {day: days.generation(day) for day in (*days.used, *billed)})
    return Run(len(drafted), finalized, issued, sum(any(each.values()) for each in late.values()), written)


def _draft(
    book: Book, opened: dict[str, Open], targets: dict[str, list[Rated]], late: Adjustments
) -> tuple[list[Drafted], list[tuple[str, Invoice]]]:
    """Write all open invoices; these, and the drafts that are no more, with those of subscriptions that are gone."""
    drafted: list[Drafted] = []
    gone: list[tuple[str, Invoice]] = []
    for account, whose in opened.items():
        before = {each: invoice for each, (_, invoice) in whose.drafts.items()}
        if account in book.accounts:
            written, ids = draft(book, whose, targets[account], late.get(account, {}))
            drafted += written
        else:
            ids = list(whose.drafts)
            ledger.erase(book, whose, ids)
            ledger.close(book, whose)
        gone += [(each, before[each]) for each in ids]
    return drafted, gone


def _billed(book: Book) -> dict[str, int]:
    record = book.world.documents.get(book.team, BILLED_DAYS, _DAYS)
    return dict(record.doc["days"]) if record else {}


def _note(book: Book, generations: dict[str, int]) -> None:
    """Remember what was billed, also days without events: some may come late."""

    def noted(doc: Doc) -> Doc | None:
        days = dict(sorted(generations.items()))
        return None if days == doc.get("days") else {"days": days}

    amend(book.world.documents, book.team, BILLED_DAYS, _DAYS, noted)
