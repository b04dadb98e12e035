"""Buckets are aligned, dense and without gaps; pages and their links add up."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import DAY, HOUR, iso, parse_instant
from chalicelib.kit.pages import PageRequest, links, page_block
from chalicelib.kit.windows import Interval, Window, floor

INSTANTS = st.integers(min_value=0, max_value=parse_instant("2100-01-01T00:00:00Z"))


@given(INSTANTS, st.integers(min_value=0, max_value=400 * DAY), st.sampled_from(Interval))
def test_buckets_cover_the_window_without_gaps(start: int, span: int, interval: Interval) -> None:
    window = Window(start, start + span // (24 if interval is Interval.HOUR else 1))
    buckets = list(window.buckets(interval))
    assert buckets[0].start <= window.start <= buckets[0].end
    assert buckets[-1].start <= window.end <= buckets[-1].end
    assert all(left.end + 1 == right.start for left, right in pairwise(buckets))
    assert all(floor(bucket.end, interval) == bucket.start for bucket in buckets)


@given(INSTANTS)
def test_a_month_begins_on_its_first_day(instant: int) -> None:
    start = datetime.fromtimestamp(floor(instant, Interval.MONTH) / 1000, UTC)
    assert (start.day, start.hour, start.minute, start.second) == (1, 0, 0, 0)


def test_an_end_at_midnight_adds_a_bucket() -> None:
    window = Window(parse_instant("2026-01-01T00:00:00Z"), parse_instant("2026-01-03T00:00:00Z"))
    buckets = list(window.buckets(Interval.DAY))
    assert [iso(bucket.start)[:10] for bucket in buckets] == [
        "2026-01-01",
        "2026-01-02",
        "2026-01-03",
    ]
    assert iso(buckets[0].end) == "2026-01-01T23:59:59.999Z"


@pytest.mark.parametrize(
    ("span", "interval"),
    [
        (48 * HOUR, Interval.HOUR),
        (48 * HOUR + 1, Interval.DAY),
        (92 * DAY, Interval.DAY),
        (92 * DAY + 1, "month"),
    ],
)
def test_the_span_chooses_the_interval(span: int, interval: Interval) -> None:
    assert Window(0, span).interval(48, 92) == interval


@given(st.integers(0, 30), st.integers(1, 100), st.integers(0, 1000))
def test_pages_partition_the_items(number: int, size: int, total: int) -> None:
    request = PageRequest(number, size)
    block = page_block(request, total)
    pages = [PageRequest(each, size).cut(range(total)) for each in range(int(block["totalPages"]))]
    assert [item for page in pages for item in page] == list(range(total))
    assert ("next" in links("/x", [], request, total)) == (number + 1 < block["totalPages"])
    assert block["last"] == (number + 1 >= block["totalPages"])


def test_links_keep_the_other_parameters() -> None:
    made = links("/x", [("agents", "a&b"), ("agents", "c"), ("page", "9")], PageRequest(1, 20), 60)
    assert made["next"]["href"] == "/x?agents=a%26b&agents=c&page=2&size=20"
    assert made["prev"]["href"].endswith("page=0&size=20")
