"""History: what was used under cost controls in times gone by, as the lake tells it.

The rules and limits of today are held against the calls of then: what they were in between is not
kept.
"""

from collections.abc import Iterator
from dataclasses import replace

from chalicelib.budgets.base_questions import BaseQuestion, Counted
from chalicelib.budgets.compiling import counted_rule
from chalicelib.budgets.generations import Counting, Generation
from chalicelib.budgets.records import CostControl
from chalicelib.budgets.selecting import resolve_filters
from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.directory.renames import REPORTED
from chalicelib.kit.windows import Interval, Window
from chalicelib.reports.asking import Asker
from chalicelib.reports.planner import Question
from chalicelib.reports.rows import Rows
from chalicelib.reports.service import ask_rows, find_renames


class History:
    """Reads the use of many cost controls: those that ask the same of the lake ask it once."""

    def __init__(self, asker: Asker) -> None:
        world, team = asker.world, asker.team
        renames = find_renames(world, team, REPORTED)
        billed = find_billed_assistants(world.documents, team)
        self._asker = asker
        self._counting = Counting(renames=renames, assistants=list(billed))
        self._answers: list[tuple[Window, Question, Rows]] = []

    def read(self, rule: CostControl, window: Window, interval: Interval) -> Iterator[Counted]:
        """What calls of a window count for under a rule, by bucket and group. Raises EngineBusy."""
        world, team = self._asker.world, self._asker.team
        filters = resolve_filters(world, team, rule.filters, self._counting.renames)
        counted = replace(counted_rule(rule), filters=filters)
        asked = BaseQuestion(self._counting, Generation(counted, since=0))
        return asked.read(self._ask(window, asked.question(interval=interval)))

    def _ask(self, window: Window, question: Question) -> Rows:
        for asked_window, asked, rows in self._answers:
            if (asked_window, asked) == (window, question):
                return rows
        rows = ask_rows(self._asker, window, question)
        self._answers.append((window, question, rows))
        return rows
