"""What a span of a call tells of its usage, by which those that tell of one call are known."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.otlp.model_names import fold_model, is_same_model

Row = Mapping[str, Any]
Facts = Mapping[str, Any]
"""What the attributes of a span say."""
NO_FACTS: Facts = {}


class CallUsage(NamedTuple):
    """What tells that two spans are of one call: a part of the name of the model, the counts that
    may be meant by its input (cached tokens beside it, writes inside, all inside), its output;
    whether it tells a cost and no tokens; and of the model that was asked for, if that has another
    name, a part of this."""

    model: str
    inputs: tuple[int, ...]
    output: int
    is_cost: bool = False
    asked: str = ""

    @classmethod
    def of(cls, row: Row, facts: Facts = NO_FACTS) -> "CallUsage":
        """That of a row of a call, with what its span says, if that is known."""
        given = row.get("input_tokens") or 0
        read = row.get("cache_read_tokens") or 0
        written = row.get("cache_creation_tokens") or 0
        inputs = (given, given + written, given + read + written)
        output = row.get("output_tokens") or 0
        is_cost = not (output or any(inputs)) and bool(row.get("stated_cost_nano"))
        model = fold_model(row.get("model") or "")
        asked = fold_model(facts.get("asked_model") or "")
        return cls(model, inputs, output, is_cost, asked if asked != model else "")

    @property
    def is_used(self) -> bool:
        """Whether it tells of anything that was used."""
        return self.is_cost or self.output > 0 or any(self.inputs)

    @property
    def has_cache(self) -> bool:
        """Whether it tells of cached tokens."""
        return self.inputs[0] != self.inputs[-1]

    def is_model_of(self, other: "CallUsage") -> bool:
        """Whether both can mean one model: the one that answered, or the one that was asked for."""
        if is_same_model(self.model, other.model):
            return True
        for mine in filter(None, (self.model, self.asked)):
            for theirs in filter(None, (other.model, other.asked)):
                if is_same_model(mine, theirs):
                    return True
        return False

    def may_wrap(self, inner: "CallUsage") -> bool:
        """Whether it can be of the same call as another one below it."""
        if self.is_cost:
            return inner.is_used and self.is_model_of(inner)
        if self.output != inner.output or set(self.inputs).isdisjoint(inner.inputs):
            return False
        return self.is_model_of(inner)

    def is_sum_of(self, others: Sequence["CallUsage"]) -> bool:
        """Whether it is what several calls used together, of whatever models."""
        if len(others) <= 1 or self.output != sum(each.output for each in others):
            return False
        inputs = [each.inputs for each in others]
        sums = list(map(sum, zip(*inputs, strict=True)))
        is_usage = self.output > 0 or any(sums)
        return is_usage and not set(self.inputs).isdisjoint(sums)
