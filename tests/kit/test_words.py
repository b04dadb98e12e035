"""One thing is not called by the word for many."""

from chalicelib.kit.words import count_of


def test_words_follow_the_number() -> None:
    assert count_of(1, "call") == "1 call"
    assert count_of(0, "call") == "0 calls"
    assert count_of(2_000, "person", "people") == "2,000 people"
