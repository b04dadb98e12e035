"""However the versions of calls come by, in whichever batches, counters end at what the newest ones
count for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.budgets.amounts import amounts_of
from chalicelib.budgets.counting import Tally
from chalicelib.budgets.generations import CountedRule, Counting, Generation
from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.vocabulary import AlertDimension, AlertMetricType, CostControlWindowType
from chalicelib.budgets.windows import window_at
from chalicelib.ports.counters import Counter
from tests.conftest import NOON

DAILY = CostControlWindowType.DAILY
RULES = [
    CountedRule("cost", AlertMetricType.TOTAL_COST, DAILY, None, []),
    CountedRule("fallback", AlertMetricType.TOTAL_COST, DAILY, None, [], 1_500),
    CountedRule("agents", AlertMetricType.TOTAL_COST, DAILY, AlertDimension.AGENT, [], 3),
    CountedRule("tokens", AlertMetricType.TOKEN_COUNT, DAILY, AlertDimension.AGENT, []),
    CountedRule(
        "anna",
        AlertMetricType.TOTAL_COST,
        DAILY,
        None,
        [RuleFilter.parse(AlertDimension.AGENT, "IS", "anna")],
        7,
    ),
]
COUNTING = Counting({rule.id: Generation(rule, NOON) for rule in RULES}, {}, ("claude-code",))
Row = dict[str, Any]
Sums = dict[Counter, dict[str, int]]

versions = st.fixed_dictionaries(
    {
        "deleted": st.booleans(),
        "agent": st.sampled_from(["anna", "bert", None]),
        "assistant": st.sampled_from([None, "claude-code", "cursor"]),
        "cost_nano": st.none() | st.integers(0, 10**9),
        "total_tokens": st.none() | st.integers(0, 10**6),
    }
)
calls = st.lists(st.lists(versions, min_size=1, max_size=4), max_size=6)


def rows_of(calls: Sequence[Sequence[Row]]) -> list[Row]:
    """All versions of all calls, those of one call in their order, the calls mixed."""
    told = [
        {**row, "event_id": f"call-{at}", "version": number, "requested_at": NOON}
        | {"received_at": NOON + number}
        for at, call in enumerate(calls)
        for number, row in enumerate(call, 1)
    ]
    return sorted(told, key=lambda row: row["version"])


def add_up(counted: Sequence[Mapping[Counter, Mapping[str, int]]]) -> Sums:
    sums: Sums = defaultdict(lambda: defaultdict(int))
    for changes in counted:
        for counter, amounts in changes.items():
            for name, amount in amounts.items():
                sums[counter][name] += amount
    told = {
        counter: {name: amount for name, amount in amounts.items() if amount}
        for counter, amounts in sums.items()
    }
    return {counter: amounts for counter, amounts in told.items() if amounts}


def expect(newest: Sequence[Row]) -> Sums:
    """What the newest versions count for, call by call."""
    window = window_at(DAILY, NOON)
    found = []
    for row in newest:
        for rule in RULES:
            agent = row["agent"] or ""
            if rule.id == "anna" and agent != "anna":
                continue
            group = agent if rule.group_by else ""
            if rule.group_by and not agent:
                continue
            counter = COUNTING.generations[rule.id].counter(window, group)
            found.append({counter: amounts_of(rule, row, COUNTING.assistants)})
    return add_up(found)


@given(calls, st.integers(1, 5))
def test_counters_end_at_the_newest_versions(calls: Sequence[Sequence[Row]], size: int) -> None:
    rows = rows_of(calls)
    before = {(row["event_id"], row["version"] + 1): row for row in rows}
    counted = [
        Tally(COUNTING, NOON).count(rows[at : at + size], before)
        for at in range(0, len(rows), size)
    ]
    newest = [rows_of([call])[-1] for call in calls]
    assert add_up(counted) == expect(newest)
