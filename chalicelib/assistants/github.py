"""GitHub: what we ask of its REST interface, of a person's token or of an app's.

https://docs.github.com/en/rest. Lists are bare arrays; the next page is a link in a header. A list
that goes in a circle, or on for ever, is an error and no endless loop.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from chalicelib.assistants.github_rows import (
    Account,
    Commit,
    Pull,
    Repository,
    find_only,
    read_commit,
    read_instant,
    read_items,
    read_object,
    read_pull,
    read_text,
)
from chalicelib.kit.errors import MeterlakeError
from chalicelib.ports.outbound import Reply
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.answers import Json, parse_object, parse_rows
from chalicelib.providers.failures import AnswerUnreadable, CredentialRefused, ProviderFailed
from chalicelib.providers.upstream import Parameters, Upstream

_PAGE, _MOST_PAGES, _COMMIT_PAGES = 100, 2_000, 3
"""GitHub lists 250 commits of a pull request at most."""
_NEXT = re.compile(r'<([^<>\s]{1,2000})>\s*;[^,]{0,200}\brel="next"')
_GONE = frozenset({301, 403, 404, 410, 451})
"""A repository that was renamed, is not for this token, or is not there."""
_PRIVATE_SCOPE = "repo"
NO_PRIVATE = "the token sees no private repositories: it lacks the scope repo"


class NotVisible(MeterlakeError):
    """The token does not see a repository, or an organization (404)."""

    status, code = 404, "NOT_VISIBLE"


@dataclass(frozen=True, slots=True)
class GitHub:
    """GitHub in the name of one token. All methods raise CredentialRefused, ProviderFailed."""

    upstream: Upstream

    def in_haste(self) -> "GitHub":
        """The same for somebody who waits for the answer: API Gateway gives up after 29 s."""
        return GitHub(replace(self.upstream, tries=2, timeout_s=8.0))

    def read_account(self) -> Account:
        """Whose token it is."""
        reply = self.upstream.send("GET", "/user")
        login = read_text(parse_object(reply), "login")
        headers = {name.lower(): value for name, value in reply.headers.items()}
        scopes = {each.strip() for each in headers.get("x-oauth-scopes", "").split(",")}
        # Fine-grained tokens have no such header, and no scopes that it could tell.
        sees_private = "x-oauth-scopes" not in headers or _PRIVATE_SCOPE in scopes
        return Account(login, sees_private)

    def check_repository(self, name: str) -> None:
        """Raises NotVisible for a repository that the token does not see."""
        parse_object(self._ask(f"/repos/{quote(name)}"))

    def list_repositories(self, organization: str) -> Iterator[Repository]:
        """The repositories of an organization, or all that the token sees. Raises NotVisible."""
        path, asked = "/user/repos", "owner,collaborator,organization_member"
        parameters: Parameters = [("affiliation", asked)]
        if organization:
            path, parameters = f"/orgs/{quote(organization, safe='')}/repos", [("type", "all")]
        for page in self._pages(path, parameters):
            for row in page:
                yield Repository(read_text(row, "full_name"), read_instant(row, "pushed_at"))

    def walk_closed(self, repository: str) -> Iterator[list[Pull]]:
        """The closed pull requests of a repository page by page, what was changed last first.
        Raises NotVisible."""
        parameters: Parameters = [("state", "closed"), ("sort", "updated"), ("direction", "desc")]
        for page in self._pages(f"/repos/{quote(repository)}/pulls", parameters):
            yield [read_pull(row) for row in page]

    def list_commits(self, repository: str, number: int) -> list[Commit]:
        """The commits of a pull request, 250 at most. Raises NotVisible."""
        path = f"/repos/{quote(repository)}/pulls/{number}/commits"
        return [read_commit(row) for page in self._pages(path, [], _COMMIT_PAGES) for row in page]

    def search_commit_author(self, email: str) -> str | None:
        """The login of who committed under an address; None for nobody, and for several."""
        query: Parameters = [("q", f"author-email:{email}"), ("per_page", 5)]
        rows = read_items(self.upstream.get("/search/commits", query))
        return find_only(read_text(read_object(row, "author"), "login", default="") for row in rows)

    def search_user(self, email: str) -> str | None:
        """The login of who shows an address to all; None for nobody, and for several."""
        query: Parameters = [("q", f"{email} in:email"), ("per_page", 2)]
        rows = read_items(self.upstream.get("/search/users", query))
        return find_only(read_text(row, "login") for row in rows)

    def _pages(
        self, path: str, parameters: Parameters, most: int = _MOST_PAGES
    ) -> Iterator[list[Json]]:
        """The pages of a list. Raises NotVisible, AnswerUnreadable for one that does not end."""
        url, seen = path, {path}
        first: Parameters = [*parameters, ("per_page", _PAGE)]
        for _ in range(most):
            reply = self._ask(url, first if url == path else ())
            yield parse_rows(reply)
            following = _next_link(reply, self.upstream.base_url)
            if following is None:
                return
            if following in seen:
                raise AnswerUnreadable("GitHub's pages go in a circle")
            seen.add(following)
            url = following
        if most == _MOST_PAGES:
            raise AnswerUnreadable(f"GitHub told more than {most} pages")

    def _ask(self, path: str, parameters: Parameters = ()) -> Reply:
        """The answer to a GET of something that the token may not see. Raises NotVisible."""
        try:
            return self.upstream.send("GET", path, parameters)
        except (CredentialRefused, ProviderFailed) as error:
            if error.upstream in _GONE:
                told = f"the token does not see {path.partition('?')[0]} (status {error.upstream})"
                raise NotVisible(told) from error
            raise


def open_github(world: World, tenant: Scope, token: str) -> GitHub:
    """GitHub, or the server that the settings name, in the name of a token."""
    headers = {
        "authorization": f"Bearer {token}",
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
    }
    base = world.settings.github_url.rstrip("/")
    return GitHub(Upstream(world, tenant, base, headers))


def _next_link(reply: Reply, base_url: str) -> str | None:
    """The link to the next page; None on the last. Raises AnswerUnreadable for one that leads
    elsewhere, where the token must not go."""
    headers = {name.lower(): value for name, value in reply.headers.items()}
    found = _NEXT.search(headers.get("link", ""))
    if found is None:
        return None
    if not found[1].startswith(f"{base_url}/"):
        raise AnswerUnreadable("GitHub's next page is at another address")
    return found[1]
