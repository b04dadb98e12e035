"""Facets: what is told apart of a call.

Calls that are alike in all facets are one cell. A slice is a choice of values of facets, and means
the same in the cells of a run and in the query that opens a figure: both are made from this page.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from chalicelib.lake.sql import Sql, bind_list, join_sql
from chalicelib.reports.facts import FAILED_CALL, FAILED_CALL_PARAMS

COLUMNS = tuple(
    "event_id transaction_id parent_transaction_id requested_at day kind provider model agent"
    " task_type trace_id service_tier pricing_tier input_tokens output_tokens total_tokens"
    " reasoning_tokens cache_read_tokens cache_creation_tokens cache_creation_1h_tokens cost_nano"
    " output_cost_nano error_reason error_code stop_reason is_streamed organization_id product_id"
    " credential_id".split()
)
"""Of the events, what facets and sums are made from."""
CLIFFS = (32_000, 100_000, 128_000, 200_000, 256_000, 272_000, 512_000)
"""Context sizes behind which models of the price book have other rates; the band of a call is the
largest that its prompt is over. A model's own cliff is one of them, or a token or two beside."""
_COLUMN_OF = {
    "kind": "kind",
    "provider": "provider",
    "model": "model",
    "agent": "agent",
    "taskType": "task_type",
    "organizationId": "organization_id",
    "productId": "product_id",
    "credentialId": "credential_id",
    "traceId": "trace_id",
}
TRACE = "traceId"
TEXTS = (*(name for name in _COLUMN_OF if name != TRACE), "tier")
FLAGS = ("failed", "priced", "streamed", "untagged")
"""Facets that are true (1) or not (0)."""
LOOP = "loop"
"""Of cells alone: the call is one of an agent in a trace in which that agent went in a loop."""
CELL_FACETS = (
    "kind", "provider", "model", "agent", "taskType", "organizationId", "tier", "band", *FLAGS,
    LOOP,
)  # fmt: skip
"""Those that make cells; products, credentials and traces would make too many."""
PROMPT = (
    "case when coalesce(total_tokens, 0) - coalesce(output_tokens, 0) > coalesce(input_tokens, 0)"
    " then total_tokens - coalesce(output_tokens, 0) else coalesce(input_tokens, 0) end"
)
"""Tokens that went in. Whether cached ones stand inside the input depends on the vendor, that the
total has all of them does not."""


@dataclass(frozen=True)
class Facets:
    """The facets in SQL. `customers` are those that are told apart, None: all are. `loops` are the
    traces in which an agent went in a loop, by agent."""

    customers: Collection[str] | None = None
    loops: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def show(self, names: Iterable[str]) -> Sql:
        """Facets as columns of a statement over events."""
        shown = [self.expression(name) + Sql(f" as facet_{name.lower()}") for name in names]
        return join_sql(", ", shown)

    def expression(self, name: str) -> Sql:
        """A facet of an event: text, 0 or 1, or a number. It is never null."""
        if name == "organizationId" and self.customers is not None:
            return _among(list(self.customers))
        if name in _COLUMN_OF:
            return Sql(f"coalesce({_COLUMN_OF[name]}, ?)", ("",))
        return _OTHERS[name] if name != LOOP else self._loop

    @cached_property
    def _loop(self) -> Sql:
        if not self.loops:
            return _flag(Sql("1 = 0"))
        parts: list[Sql] = []
        for agent, traces in self.loops.items():
            head = Sql("(coalesce(agent, ?) = ? and trace_id in ", ("", agent))
            parts.append(head + bind_list(list(traces)) + Sql(")"))
        return _flag(join_sql(" or ", parts))


def _flag(condition: Sql) -> Sql:
    return Sql("case when ") + condition + Sql(" then 1 else 0 end")


def _band() -> Sql:
    cases = " ".join(f"when {PROMPT} > {cliff} then {cliff}" for cliff in reversed(CLIFFS))
    return Sql(f"case {cases} else 0 end")


def _among(customers: list[str]) -> Sql:
    if not customers:
        return Sql("coalesce(cast(null as varchar), ?)", ("",))
    head = Sql("case when organization_id in ") + bind_list(customers)
    return head + Sql(" then organization_id else ? end", ("",))


_OTHERS: Mapping[str, Sql] = {
    "tier": Sql(
        "case when pricing_tier = ? then ? else lower(coalesce(service_tier, ?)) end",
        ("BATCH", "batch", ""),
    ),
    "band": _band(),
    "failed": _flag(Sql(FAILED_CALL, FAILED_CALL_PARAMS)),
    "priced": _flag(Sql("cost_nano is not null")),
    "streamed": _flag(Sql("coalesce(is_streamed, false)")),
    "untagged": _flag(
        Sql(
            "agent is null and task_type is null and organization_id is null and product_id is null"
        )
    ),
}
