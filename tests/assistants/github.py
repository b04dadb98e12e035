"""A GitHub of ours on loopback: repositories with pull requests, in pages, by a token."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chalicelib.aws.outbound import AwsOutbound
from chalicelib.kit.clock import iso
from chalicelib.ports.world import World
from infra.local.outbound import LocalOutbound
from tests.support.provider import Answer, Asked, FakeProvider

TOKEN = "ghp_very-secret-token"
CLAUDE = "Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
PATH = "/profitstream/v2/api/integration-credentials"


@dataclass
class FakePull:
    """A closed pull request."""

    number: int
    login: str | None
    merged: int | None
    updated: int
    messages: list[str] = field(default_factory=lambda: ["Fix"])
    email: str = "somebody@x.example"


class FakeGitHub:
    """Answers as GitHub does, whatever stands in `repositories` now. `broken` answers instead for
    a path."""

    def __init__(self, provider: FakeProvider, size: int = 100) -> None:
        self.provider, self.size = provider, size
        self.repositories: dict[str, list[FakePull]] = {}
        self.pushed: dict[str, int] = {}
        self.broken: dict[str, Answer] = {}
        self.scopes = "repo, read:org"
        self.token = TOKEN
        self.emails: dict[str, str] = {}
        self.everything = "*"
        provider.script_all(self.serve)

    def asked(self, part: str) -> list[Asked]:
        """The requests whose path has a part."""
        return [asked for asked in self.provider.asked if part in asked.path]

    def serve(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answer({"message": "Bad credentials"}, 401)
        broken = self.broken.get(asked.path) or self.broken.get(self.everything)
        if broken:
            return broken
        match asked.path.strip("/").split("/"):
            case ["user"]:
                return Answer({"login": "bot"}, headers={"X-OAuth-Scopes": self.scopes})
            case ["user", "repos"] | ["orgs", "acme", "repos"]:
                rows = [self._repository(name) for name in self.repositories]
                return self._page(asked, rows)
            case ["search", kind]:
                return self._search(kind, dict(asked.query)["q"])
            case ["repos", owner, name, *rest] if f"{owner}/{name}" in self.repositories:
                return self._of_repository(asked, f"{owner}/{name}", rest)
        return Answer({"message": "Not Found"}, 404)

    def _repository(self, name: str) -> dict[str, Any]:
        pushed = self.pushed.get(name)
        return {"full_name": name, "pushed_at": iso(pushed) if pushed else None}

    def _of_repository(self, asked: Asked, name: str, rest: list[str]) -> Answer:
        pulls = self.repositories[name]
        match rest:
            case []:
                return Answer(self._repository(name))
            case ["pulls"]:
                ordered = sorted(pulls, key=lambda pull: pull.updated, reverse=True)
                return self._page(asked, [_row(pull) for pull in ordered])
            case ["pulls", number, "commits"]:
                pull = next(each for each in pulls if each.number == int(number))
                author = {"login": pull.login} if pull.login else None
                return self._page(
                    asked,
                    [
                        {
                            "commit": {"message": each, "author": {"email": pull.email}},
                            "author": author,
                        }
                        for each in pull.messages
                    ],
                )
        return Answer({"message": "Not Found"}, 404)

    def _search(self, kind: str, query: str) -> Answer:
        email = query.removeprefix("author-email:").removesuffix(" in:email")
        login = self.emails.get(f"{kind}:{email}")
        if kind == "users":
            return Answer({"items": [{"login": login}] if login else []})
        return Answer({"items": [{"author": {"login": login}}] if login else []})

    def _page(self, asked: Asked, rows: list[Any]) -> Answer:
        query = dict(asked.query)
        number = int(query.get("page", 1))
        size = min(self.size, int(query.get("per_page", 30)))
        cut = rows[(number - 1) * size : number * size]
        headers = {}
        if number * size < len(rows):
            rest = "".join(f"&{name}={value}" for name, value in query.items() if name != "page")
            url = f"{self.provider.url}{asked.path}?page={number + 1}{rest}"
            headers["Link"] = f'<{url}>; rel="next", <{url}>; rel="last"'
        return Answer(cut, headers=headers)


def _row(pull: FakePull) -> dict[str, Any]:
    return {
        "number": pull.number,
        "user": {"login": pull.login} if pull.login else None,
        "merged_at": iso(pull.merged) if pull.merged is not None else None,
        "updated_at": iso(pull.updated),
    }


def allow(world: World, provider: FakeProvider, folder: Path, **more: Any) -> World:
    """The world, which may call a provider on loopback; with further settings."""
    settings = world.settings.model_copy(update={"private_origins": provider.url, **more})
    outbound: Any = LocalOutbound(folder / "outbox", settings.permitted_origins)
    if isinstance(world.outbound, AwsOutbound):
        outbound = AwsOutbound(world.outbound._clients, "", settings.permitted_origins)
    return replace(world, settings=settings, outbound=outbound)


def reach(world: World, provider: FakeProvider, folder: Path) -> World:
    """The world, in which GitHub is the fake one."""
    return allow(world, provider, folder, github_url=provider.url)


@contextmanager
def fake_github() -> Iterator[FakeGitHub]:
    """A GitHub that serves while the context is open."""
    with FakeProvider() as provider:
        yield FakeGitHub(provider)
