"""Missing: the calls that figures of money do not have, which is told beside them."""

from collections.abc import Mapping, Sequence

from chalicelib.budgets.selecting import CallNames, list_dimensions, resolve_filters
from chalicelib.charts.frames import Selected
from chalicelib.charts.series import Drawn
from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.clock import day_of
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import ASSISTANT
from chalicelib.providers.lookup import connections_of_team, days_read
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import BILLED, CALLS, count_rows
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Question
from chalicelib.reports.service import Coverage, ask_rows, count_left_out, find_renames

_CALLS = count_rows(CALLS)


def cover(drawn: Sequence[Drawn]) -> Coverage | None:
    """Of how many calls the cost is not known; None without money. All metrics of a span are about
    the same calls, but for those that budgets count, which are told where nothing else is."""
    return next((each.tally.coverage for each in drawn if each.tally.coverage), None)


def count_unrated(drawn: Sequence[Drawn]) -> int | None:
    """What is missing because nobody knows its exchange rate; None where nothing can be."""
    terms = [(each, each.metric.unrated) for each in drawn if each.metric.unrated]
    if not terms:
        return None
    return sum(each.tally.whole(each.tally.groups()).get(term.name, 0) for each, term in terms)


def list_unread(asker: Asker, drawn: Sequence[Drawn], window: Window) -> list[str] | None:
    """The past days of a window that some connection has not read of its bill, in no figure; None
    without bills."""
    world, team = asker.world, asker.team
    if not any(BILLED in each.metric.over.facts for each in drawn):
        return None
    past = {day for day in window.days() if day < day_of(world.now())}
    unread = [past - days_read(world, team, each.id) for each in connections_of_team(world, team)]
    return sorted(set[str]().union(*unread))


def count_flat_plan(asker: Asker, window: Window, selected: Selected) -> Mapping[str, int]:
    """The selected calls that a flat plan covers, by assistant: no figure of money has them."""
    world, team = asker.world, asker.team
    billed = find_billed_assistants(world.documents, team)
    left_out = count_left_out(asker, window, Question((), (_CALLS,), assistants=billed))
    if not left_out or not selected.filters:
        return left_out
    by = list_dimensions(Selected(selected.filters, None))
    renames = find_renames(world, team, [each.column for each in by])
    filters = resolve_filters(world, team, selected.filters, renames)
    counts: dict[str, int] = {}
    question = Question((ASSISTANT, *by), (_CALLS,), renames=renames)
    for row in ask_rows(asker, window, question):
        names = row.names[1:]
        assistant = row.names[0] or ""
        if assistant in left_out and CallNames.of_group(by, names).pass_filters(filters):
            calls = integer(row.terms.get(_CALLS.name)) or 0
            counts[assistant] = counts.get(assistant, 0) + calls
    return dict(sorted(counts.items()))
