"""Words for people: a number of things with the word that it takes."""


def count_of(number: int, one: str, many: str = "") -> str:
    """`1 call`, `2,000 calls`. `many` is the word for several, where it is not `one` with an s."""
    word = one if number == 1 else many or f"{one}s"
    return f"{number:,} {word}"
