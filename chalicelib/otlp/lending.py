"""Lending: what a span that is no call, because it tells of the same call as another one, hands to
that one."""

from collections.abc import Mapping

from chalicelib.metering.drafts import Draft
from chalicelib.otlp.cases import Made
from chalicelib.otlp.frames import Place
from chalicelib.otlp.nesting import MOST_ABOVE, Wrappings, climb


def lend(made: Made, parents: Mapping[Place, str], wrappings: Wrappings) -> None:
    """Have the drafts of calls take from their wrappings, of a batch, what they leave open: of the
    nearest first."""
    drafts: dict[Place, Draft] = {}
    for case, draft in made:
        if case.is_call:
            drafts[case.span.trace_id, case.span.span_id] = draft
    lenders: dict[Place, list[Place]] = {}
    for outer, calls in wrappings.items():
        for place in calls:
            lenders.setdefault(place, []).append(outer)
    for place, wrappers in lenders.items():
        above = {each: number for number, each in enumerate(climb(place, parents))}
        for outer in sorted(wrappers, key=lambda each: (above.get(each, MOST_ABOVE), each)):
            if len(wrappings[outer]) == 1:
                _lend_id(drafts[outer], drafts[place])


def _lend_id(wrapping: Draft, call: Draft) -> None:
    """A response has one id: the call whose span tells none is known elsewhere by that of its
    wrapping."""
    has_id = wrapping.identity != wrapping.row["transaction_id"]
    if has_id and call.identity == call.row["transaction_id"]:
        call.identity = wrapping.identity
        call.extras["responseId"] = wrapping.extras["responseId"]
