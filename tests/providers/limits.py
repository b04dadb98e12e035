"""Spend limits as OpenAI, Anthropic and OpenRouter keep them, from a table that tests may change
behind our back."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.support.provider import Answer, Asked, FakeProvider

KEY = "f01d52606dc8"
ORGANIZATION, PROJECT = "/v1/organization/spend_limit", "proj_1"
SPEND_LIMITS = "/v1/organizations/spend_limits"


@dataclass
class FakeLimits:
    """What limits each place, in cents (OpenRouter: USD as JSON). A path in `broken` is answered
    so, whatever is asked; `page_size` is of Anthropic's list."""

    provider: FakeProvider
    openai: dict[str, int] = field(default_factory=dict)
    anthropic: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: str = "inactive"
    currency: str = "USD"
    page_size: int = 1
    refused: set[str] = field(default_factory=set)
    broken: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys.setdefault(KEY, {"hash": KEY, "limit": None, "limit_reset": None})
        self.provider.answer("GET", "/v1/organizations/me", {"id": "org", "type": "organization"})
        self.provider.answer("GET", "/v1/organization/projects", {"data": [], "has_more": False})
        self.provider.answer("GET", "/keys", {"data": []})
        self.provider.script_all(self._answer)

    @property
    def written(self) -> list[Asked]:
        """What was asked to change something."""
        return [each for each in self.provider.asked if each.method != "GET"]

    def put(self, amount: str | None, scope: str = "organization", **members: Any) -> None:
        """A limit of Anthropic's that somebody set."""
        row = {"type": "spend_limit", "amount": amount, "period": "monthly", "is_enabled": True}
        row |= {"id": f"spl_{len(self.anthropic)}", "currency": self.currency}
        row |= {"created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-01T00:00:00Z"}
        self.anthropic.insert(0, {**row, "scope": {"type": scope}, **members})

    def _answer(self, asked: Asked) -> Answer:
        if told := self.broken.get((asked.method, asked.path)):
            return told
        if asked.method in self.refused:
            return Answer({"error": {"type": "permission_error"}}, 403)
        body = json.loads(asked.body) if asked.body else {}
        if asked.path.startswith(SPEND_LIMITS):
            return self._anthropic(asked, body)
        if asked.path.startswith("/v1/organization/"):
            return self._openai(asked, body)
        return self._openrouter(asked, body)

    def _openai(self, asked: Asked, body: dict[str, Any]) -> Answer:
        parts = asked.path.split("/")
        assert parts[-1] == "spend_limit", asked.path
        project = parts[4] if parts[3] == "projects" else ""
        kind = "project.spend_limit" if project else "organization.spend_limit"
        if asked.method == "POST":
            assert body["currency"] == "USD", body
            assert body["interval"] == "month", body
            assert isinstance(body["threshold_amount"], int), body
            assert body["threshold_amount"] >= 1, body
            self.openai[project] = body["threshold_amount"]
        if asked.method == "DELETE":
            self.openai.pop(project, None)
            return Answer({"object": f"{kind}.deleted", "deleted": True})
        if project not in self.openai:
            return Answer({"error": {"code": "not_found"}}, 404)
        return Answer(
            {
                "object": kind,
                "threshold_amount": self.openai[project],
                "currency": self.currency,
                "interval": "month",
                "enforcement": {"status": self.status},
            }
        )

    def _anthropic(self, asked: Asked, body: dict[str, Any]) -> Answer:
        if asked.method == "DELETE":
            name = asked.path.rsplit("/", 1)[1]
            self.anthropic = [row for row in self.anthropic if row["id"] != name]
            return Answer({"id": name, "type": "spend_limit_deleted"})
        if asked.method == "POST":
            assert body["amount"].isdigit(), body
            same = [
                row
                for row in self.anthropic
                if (row["scope"], row["period"]) == (body["scope"], body["period"])
            ]
            if not same:
                self.put(body["amount"])
                same = self.anthropic[:1]
            same[0].update(body)
            return Answer(same[0])
        assert asked.headers["anthropic-beta"] == "spend-limit-reads-2026-09-26"
        begin = int(dict(asked.query).get("page", 0))
        end = begin + self.page_size
        following = str(end) if end < len(self.anthropic) else None
        return Answer({"data": self.anthropic[begin:end], "next_page": following})

    def _openrouter(self, asked: Asked, body: dict[str, Any]) -> Answer:
        name = asked.path.rsplit("/", 1)[1]
        if name not in self.keys:
            return Answer({"error": {"code": 404, "message": "no such key"}}, 404)
        if asked.method == "PATCH":
            self.keys[name] |= body
        spent = {"usage_daily": 1.5, "usage_weekly": 2.25, "usage_monthly": 25.125}
        return Answer({"data": {**spent, **self.keys[name]}})
