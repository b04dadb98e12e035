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
    whether it tells a cost and no tokens; of the model that was asked for, if that has another
    name, a part of this; a total beside which it tells no output; and whether it tells an input and
    no output though there was one."""

    model: str
    inputs: tuple[int, ...]
    output: int
    is_cost: bool = False
    asked: str = ""
    total: int = 0
    is_input: bool = False

    @classmethod
    def of(cls, row: Row, facts: Facts = NO_FACTS) -> "CallUsage":
        """That of a row of a call, with what its span says, if that is known."""
        given = row.get("input_tokens") or 0
        read = row.get("cache_read_tokens") or 0
        written = row.get("cache_creation_tokens") or 0
        inputs = (given, given + written, given + read + written)
        output = row.get("output_tokens") or 0
        total = 0
        if not output and ("output" not in facts or not any(inputs)):
            told = row.get("total_tokens") or 0
            # Without facts only a total that stands alone is surely one.
            total = told if not any(inputs) or (facts and told > inputs[-1]) else 0
        is_cost = not (output or total or any(inputs)) and bool(row.get("stated_cost_nano"))
        model = fold_model(row.get("model") or "")
        asked = fold_model(facts.get("asked_model") or "")
        return cls(
            model,
            inputs,
            output,
            is_cost,
            asked=asked if asked != model else "",
            total=total,
            is_input=given > 0 and not total and _lacks_output(row, facts),
        )

    @property
    def is_used(self) -> bool:
        """Whether it tells of anything that was used."""
        return self.is_cost or self.output + self.total > 0 or any(self.inputs)

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
        return self._counts_as(inner) and self.is_model_of(inner)

    def _counts_as(self, inner: "CallUsage") -> bool:
        """Whether its counts are those of a call, or the part of them that it tells."""
        is_input = not set(self.inputs).isdisjoint(inner.inputs)
        if (self.output, self.total) == (inner.output, inner.total):
            return is_input
        if self.total and not inner.total:
            is_total = self.total in [each + inner.output for each in inner.inputs]
            return is_total and (is_input or not any(self.inputs))
        return self.is_input and is_input and inner.output > 0

    def is_sum_of(self, others: Sequence["CallUsage"]) -> bool:
        """Whether it is what several calls used together, of whatever models."""
        if len(others) <= 1 or self.output != sum(each.output for each in others):
            return False
        inputs = [each.inputs for each in others]
        sums = list(map(sum, zip(*inputs, strict=True)))
        is_usage = self.output > 0 or any(sums)
        return is_usage and not set(self.inputs).isdisjoint(sums)


_ANSWERING = ("CHAT", "GENERATE")
"""Operations of calls that put something out, if they do not fail."""


def _lacks_output(row: Row, facts: Facts) -> bool:
    """Whether a call surely has an output that its span does not tell: an output of 0 is told."""
    is_told = not facts or "output" in facts or bool(row.get("output_tokens"))
    is_answer = row.get("operation_type") in _ANSWERING and row.get("stop_reason") != "ERROR"
    return is_answer and not is_told
