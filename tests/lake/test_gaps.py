"""Days that an answer misses something of, from whoever reads to whoever answers."""

from concurrent.futures import ThreadPoolExecutor

from chalicelib.lake.gaps import collect_gaps, note_gaps, tell


def test_what_is_noted_within_is_collected() -> None:
    with collect_gaps() as days:
        note_gaps(["2026-11-02"])
        note_gaps(["2026-11-01", "2026-11-02"])
    assert days == {"2026-11-01", "2026-11-02"}


def test_one_answer_knows_nothing_of_another() -> None:
    note_gaps(["2026-11-01"])
    with collect_gaps() as days, ThreadPoolExecutor(1) as other:
        other.submit(note_gaps, ["2026-11-03"]).result(10)
        with collect_gaps() as inner:
            note_gaps(["2026-11-04"])
    note_gaps(["2026-11-05"])
    assert (days, inner) == (set(), {"2026-11-04"})


def test_days_in_a_row_are_told_as_one() -> None:
    assert tell({"2026-11-02"}) == "2026-11-02"
    days = ["2026-11-01", "2026-10-31", "2026-11-03", "2026-10-30"]
    assert tell(days) == "2026-10-30..2026-11-01, 2026-11-03"
