"""Groups, Other and percentages against a plain model."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.charts.frames import OTHER, Frame, frame_of
from chalicelib.charts.metrics import METRICS, REQUESTS
from chalicelib.charts.ranking import rank
from chalicelib.charts.schemas import ChartConfiguration
from chalicelib.charts.series import Drawn, list_categories, list_series, mark_before
from chalicelib.charts.tallying import Tally
from chalicelib.charts.vocabulary import Axis, Calculation
from chalicelib.kit.clock import DAY, parse_instant

NOW = parse_instant("2026-11-27T23:59:59.999Z")
DAYS = [NOW + 1 - DAY * day for day in (3, 2, 1)]
COUNTS = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b", "c", "d", OTHER]), st.sampled_from(DAYS)),
    st.integers(1, 10**6),
)
REQUESTED = METRICS["requestCount"]


def frame(chart: str = "line") -> Frame:
    told = {
        "chartType": chart,
        "mode": "time",
        "dateRange": "custom",
        "startDate": "2026-11-25T00:00:00Z",
        "endDate": "2026-11-27T23:59:59.999Z",
        "groupBy": "AGENT",
        "timeGrain": "day",
        "primaryMetric": {"baseMetric": "requestCount", "calculationType": "total"},
    }
    return frame_of(ChartConfiguration.model_validate(told), NOW)


def draw(counts: dict[tuple[str, int], int], calculation: Calculation) -> Drawn:
    tally = Tally((REQUESTS,))
    for (group, bucket), count in counts.items():
        tally.add(group, bucket, {REQUESTS.name: count})
    return Drawn(Axis.PRIMARY, REQUESTED, calculation, tally)


@given(COUNTS, st.integers(1, 6))
def test_all_that_is_shown_adds_up(counts: dict[tuple[str, int], int], most: int) -> None:
    drawn = draw(counts, Calculation.TOTAL)
    named, rest = rank([drawn], [], most)
    series = list_series(frame(), [drawn], named, rest)
    names = [each["name"] for each in series]
    assert len(set(names)) == len(names) <= most + 1
    for at, day in enumerate(DAYS):
        wanted = sum(count for (_, bucket), count in counts.items() if bucket == day)
        assert sum(each["data"][at] for each in series) == wanted
    whole = list_series(frame("bar"), [drawn], named, rest)[0]["data"]
    assert sum(whole) == sum(counts.values())
    sizes = [value for value, name in zip(whole, names, strict=True) if name != OTHER]
    assert sizes == sorted(sizes, reverse=True)


@given(COUNTS, st.integers(1, 6))
def test_percentages_are_of_the_whole(counts: dict[tuple[str, int], int], most: int) -> None:
    drawn = draw(counts, Calculation.PERCENTAGE)
    named, rest = rank([drawn], [], most)
    series = list_series(frame(), [drawn], named, rest)
    for at, day in enumerate(DAYS):
        shown = [each["data"][at] for each in series]
        if any(bucket == day for _, bucket in counts):
            assert abs(sum(shown) - 100) <= Decimal("1e-8")
        else:
            assert set(shown) <= {None}


@given(COUNTS, COUNTS, COUNTS, st.integers(1, 6))
def test_the_span_before_and_the_second_axis_lose_nothing(
    now: dict[tuple[str, int], int],
    second: dict[tuple[str, int], int],
    before: dict[tuple[str, int], int],
    most: int,
) -> None:
    drawn = [draw(each, Calculation.TOTAL) for each in (now, second)]
    former = [draw(before, Calculation.TOTAL)]
    named, rest = rank(drawn, former, most)
    bars = frame("bar")
    series = list_series(bars, drawn, named, rest)
    series += mark_before(list_series(bars, former, named, rest), bars)
    categories = list_categories(bars, drawn[0], named, rest)
    assert len(set(categories)) == len(categories)
    for each, counts in zip(series, (now, second, before), strict=True):
        assert len(each["data"]) == len(categories)
        assert sum(each["data"]) == sum(counts.values())


def test_what_is_put_together_keeps_least_and_most() -> None:
    for calculation, wanted in ((Calculation.MINIMUM, 3), (Calculation.MAXIMUM, 7)):
        (term,) = METRICS["duration"].terms(calculation)
        tally = Tally((term,))
        for bucket, value in enumerate((7, 3, None, 5)):
            tally.add("a", bucket, {term.name: value})
        assert tally.whole(["a", "b"]) == {term.name: wanted}
        assert tally.merge(lambda group, _: (group, 0)).whole(["a"], [0]) == {term.name: wanted}
        assert tally.whole(["b"]) == {}
