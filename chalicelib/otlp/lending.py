"""Lending: what a span that is no call, because it tells of the same call as another one, hands to
that one."""

from collections.abc import Collection, Mapping

from chalicelib.directory.names import Names
from chalicelib.otlp.cases import Made, MadeSpan
from chalicelib.otlp.frames import Place
from chalicelib.otlp.labels import EXTRAS, LABELS, NAMES, take_open
from chalicelib.otlp.nesting import MOST_ABOVE, Wrappings, climb
from chalicelib.otlp.operations import AGENT


def lend(made: Made, parents: Mapping[Place, str], wrappings: Wrappings) -> None:
    """Have the drafts of calls take from their wrappings, of a batch, what they leave open: of the
    nearest first."""
    spans: dict[Place, MadeSpan] = {}
    agents: dict[Place, str] = {}
    for case, draft in made:
        place = case.span.trace_id, case.span.span_id
        if case.is_call:
            spans[place] = case, draft
        elif case.role is AGENT and "agent" in case.values.facts:
            agents[place] = case.values.facts["agent"]
    lenders: dict[Place, list[Place]] = {}
    for outer, calls in wrappings.items():
        for place in calls:
            lenders.setdefault(place, []).append(outer)
    for place, wrappers in lenders.items():
        above = climb(place, parents)
        ranks = {each: rank for rank, each in enumerate(above)}
        for outer in sorted(wrappers, key=lambda each: (ranks.get(each, MOST_ABOVE), each)):
            farther = above[ranks.get(outer, 0) :]
            _lend_agent(spans[outer], spans[place], list(map(agents.get, farther)))
            _lend_labels(spans[outer], spans[place])
            if len(wrappings[outer]) == 1:
                _lend_id(spans[outer], spans[place])


def _lend_agent(wrapping: MadeSpan, call: MadeSpan, farther: Collection[str | None]) -> None:
    """The agent that a wrapping names stands before those above it."""
    agent, names = wrapping[1].names.agent, call[1].names
    is_from_above = names.agent in farther and "agent" not in call[0].values.facts
    if agent and (is_from_above or not names.agent):
        call[1].names = Names.of(vars(names) | {"agent": agent})


def _lend_labels(wrapping: MadeSpan, call: MadeSpan) -> None:
    theirs, mine = wrapping[1], call[1]
    mine.row |= take_open(LABELS, mine.row, theirs.row)
    mine.extras |= take_open(EXTRAS, mine.extras, theirs.extras)
    names = take_open(NAMES, vars(mine.names), vars(theirs.names))
    mine.names = Names.of(vars(mine.names) | names)


def _lend_id(lender: MadeSpan, borrower: MadeSpan) -> None:
    """A response has one id: the call whose span tells none is known elsewhere by that of its
    wrapping."""
    wrapping, call = lender[1], borrower[1]
    has_id = wrapping.identity != wrapping.row["transaction_id"]
    if has_id and call.identity == call.row["transaction_id"]:
        call.identity = wrapping.identity
        call.extras["responseId"] = wrapping.extras["responseId"]
