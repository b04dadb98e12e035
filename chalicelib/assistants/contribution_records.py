"""What is stored of contributions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

COUNTS = (
    "sessions",
    "lines_added",
    "lines_removed",
    "commits",
    "pull_requests",
    "cost_nano",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
)
"""Members that add up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What Claude Code did for one actor: a person (`email`, folded) or an API key (`key_name`).
    `cost_nano` is estimated, in nano-USD; `tools` are the edits that were accepted and rejected, by
    tool."""

    email: str = ""
    key_name: str = ""
    customer_type: str = "api"
    subscription_type: str = ""
    sessions: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    cost_nano: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    tools: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def actor(self) -> tuple[str, str]:
        """Whom it is about."""
        return self.email, self.key_name

    def __add__(self, other: "Contribution") -> "Contribution":
        sums = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        tools = {name: list(counts) for name, counts in self.tools.items()}
        for name, (accepted, rejected) in other.tools.items():
            known = tools.setdefault(name, [0, 0])
            tools[name] = [known[0] + accepted, known[1] + rejected]
        # A subscription is what somebody has; calls by use may come on top of it.
        plan = max(self, other, key=lambda each: each.customer_type)
        return replace(
            self,
            **sums,
            tools=tools,
            customer_type=plan.customer_type,
            subscription_type=plan.subscription_type,
        )
