"""Claims: no dollar is counted twice, and the order of the advice is that of the claims."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.recommendations.cells import Cell, add_up
from chalicelib.recommendations.claiming import claim
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role
from chalicelib.recommendations.slices import Slice

_ADVICE = Advice("A title of some length", "why", "do something", ("a step",), Role.AI)


def cell(cost: int) -> Cell:
    empty = {name: getattr(add_up([]), name) for name in Cell.__slots__ if name != "facets"}
    return Cell({}, **{**empty, "cost": cost})


def finding(savings: dict[Cell, int], most: int | None = None, beside: int = 0) -> Finding:
    return Finding(
        "rule", AdviceCategory.WASTE, Slice(), (), _ADVICE, Decimal(1), savings, most, beside
    )


@st.composite
def found(draw: st.DrawFn) -> tuple[list[Cell], list[Finding]]:
    """Cells, and findings about some of them."""
    cells = [cell(cost) for cost in draw(st.lists(st.integers(0, 50), min_size=1, max_size=8))]
    findings: list[Finding] = []
    for _ in range(draw(st.integers(0, 8))):
        about = draw(st.lists(st.sampled_from(cells), unique=True))
        savings = {each: draw(st.integers(0, 60)) for each in about}
        findings.append(finding(savings, draw(st.none() | st.integers(0, 80))))
    return cells, findings


@given(found())
def test_no_dollar_is_claimed_twice(drawn: tuple[list[Cell], list[Finding]]) -> None:
    cells, findings = drawn
    claims = claim(findings)
    assert sorted(map(id, (each.finding for each in claims))) == sorted(map(id, findings))
    claimed: list[Cell] = []
    for each in claims:
        claimed += each.cells
        assert each.amount <= sum(one.cost for one in each.cells)
        assert each.amount <= each.finding.worth()
    assert len(claimed) == len(set(claimed))
    assert sum(each.amount for each in claims) <= sum(each.cost for each in cells)
    amounts = [each.amount for each in claims]
    assert amounts == sorted(amounts, reverse=True)


@given(found())
def test_what_nobody_else_wants_is_claimed_whole(drawn: tuple[list[Cell], list[Finding]]) -> None:
    _, findings = drawn
    wanted: dict[Cell, int] = {}
    for each in findings:
        for one in each.savings:
            wanted[one] = wanted.get(one, 0) + 1
    for each in claim(findings):
        if all(wanted[one] == 1 for one in each.finding.savings):
            assert each.amount == each.finding.worth()


def test_what_is_left_decides_who_is_next() -> None:
    one, two, three, four, five = (cell(cost) for cost in (3, 3, 3, 2, 5))
    first = finding({one: 3, two: 3, three: 3})
    second = finding({two: 3, three: 3, four: 2})
    third = finding({five: 5})
    told: list[Any] = [(each.finding, each.amount) for each in claim([third, second, first])]
    assert told == [(first, 9), (third, 5), (second, 2)]


def test_tools_are_nobody_elses() -> None:
    both = claim([finding({}, beside=7), finding({cell(3): 3})])
    assert [each.amount for each in both] == [7, 3]
