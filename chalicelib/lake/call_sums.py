"""Sums of calls: how many there were, of how many the cost is known, and that cost; what the state
of a rolled day tells of its AI calls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_BY_ASSISTANT = "/"


class CallSums(NamedTuple):
    """Calls, those of known cost among them, and that cost, nano-USD."""

    calls: int
    priced: int
    nano: int

    def __add__(self, other: object) -> "CallSums":
        if not isinstance(other, CallSums):
            return NotImplemented
        pairs = zip(self, other, strict=True)
        return CallSums(*(one + another for one, another in pairs))


NONE = CallSums(0, 0, 0)


def name_sums(kind: str, assistant: str | None) -> str:
    """By what the sums of calls of a kind stand in a state, apart for each coding assistant under a
    flat plan or by use; None: no assistant made them."""
    return f"{kind}{_BY_ASSISTANT}{assistant}" if assistant else kind


def read_sums(
    costs: Mapping[str, Sequence[int]], kind: str
) -> Iterator[tuple[str | None, CallSums]]:
    """The sums of calls of a kind by their coding assistant, as `name_sums` named them."""
    for name, numbers in costs.items():
        found, _, assistant = name.partition(_BY_ASSISTANT)
        if found == kind:
            yield assistant or None, CallSums(*numbers)
