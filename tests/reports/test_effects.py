"""Effects: the parts of a change add up to it, and each tells what it is called after."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.reports.effects import Cell, Effects, explain

CELLS = st.dictionaries(
    st.sampled_from("abc"),
    st.builds(Cell, st.integers(1, 10**6), st.integers(0, 10**15), st.integers(0, 10**9)),
)


@given(CELLS, CELLS)
def test_parts_add_up_to_the_nano(before: dict[str, Cell], now: dict[str, Cell]) -> None:
    change = sum(cell.cost for cell in now.values()) - sum(cell.cost for cell in before.values())
    assert explain(before, now).change == change


@given(CELLS)
def test_what_stays_has_no_effect(cells: dict[str, Cell]) -> None:
    assert explain(cells, cells) == Effects()


def test_twice_the_calls_is_volume() -> None:
    assert explain({"a": Cell(10, 100, 50)}, {"a": Cell(20, 200, 100)}) == Effects(volume=100)


def test_calls_that_moved_to_a_dearer_model_are_mix() -> None:
    before = {"a": Cell(10, 100, 50), "b": Cell(10, 900, 50)}
    now = {"a": Cell(5, 50, 25), "b": Cell(15, 1350, 75)}
    assert explain(before, now) == Effects(mix=400)


def test_a_model_that_is_new_in_a_group_is_mix() -> None:
    before = {"a": Cell(10, 100, 50)}
    assert explain(before, {"b": Cell(10, 700, 50)}) == Effects(mix=600)


def test_longer_calls_are_size_and_dearer_tokens_are_price() -> None:
    before = {"a": Cell(10, 100, 50)}
    assert explain(before, {"a": Cell(10, 300, 150)}) == Effects(size=200)
    assert explain(before, {"a": Cell(10, 300, 50)}) == Effects(price=200)
    assert explain(before, {"a": Cell(20, 900, 300)}) == Effects(volume=100, size=400, price=300)


def test_calls_without_tokens_have_no_size() -> None:
    assert explain({"a": Cell(10, 100, 0)}, {"a": Cell(10, 300, 0)}) == Effects(price=200)


def test_what_is_new_or_gone_is_volume() -> None:
    assert explain({}, {"a": Cell(1, 7, 1)}) == Effects(volume=7)
    assert explain({"a": Cell(1, 7, 1)}, {}) == Effects(volume=-7)
