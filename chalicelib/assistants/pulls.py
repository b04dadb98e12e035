"""Pulls: the merged pull requests of one repository, read and kept. What is known already is not
asked for again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalicelib.assistants.coauthors import CoAuthors
from chalicelib.assistants.github import GitHub
from chalicelib.assistants.github_rows import Commit, Pull
from chalicelib.assistants.pull_records import PULL_REQUEST, PullRequest, pull_request_id
from chalicelib.ports.documents import read_many
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import amend

SeeCommit = Callable[[Commit], None]


@dataclass(frozen=True, slots=True)
class PullReader:
    """Reads pull requests of a team. `see` is shown each commit; `go_on` is called before each
    request, and raises when the work is to end."""

    world: World
    team: Scope
    github: GitHub
    coauthors: CoAuthors
    see: SeeCommit
    go_on: Callable[[], None]

    def read(self, repository: str, since: int) -> int:
        """Keep what was merged of all that was changed since an instant (UTC epoch ms); how many
        pull requests are new or other than before.

        Raises NotVisible, CredentialRefused, ProviderFailed, and what `go_on` raises.
        """
        changed = 0
        for page in self._pages(repository, since):
            known = self._read_known(repository, page)
            for pull in page:
                stored = known.get(pull_request_id(self.team, repository, pull.number))
                if pull.merged_at is not None and not self._is_same(pull, stored):
                    self._keep(repository, pull, pull.merged_at)
                    changed += 1
        return changed

    def _pages(self, repository: str, since: int) -> Iterator[list[Pull]]:
        for page in self.github.walk_closed(repository):
            recent = [pull for pull in page if pull.updated_at >= since]
            yield recent
            if len(recent) < len(page):
                return
            self.go_on()

    def _read_known(self, repository: str, page: list[Pull]) -> dict[str, PullRequest]:
        ids = [pull_request_id(self.team, repository, pull.number) for pull in page]
        records = read_many(self.world.documents, self.team, PULL_REQUEST, ids)
        return {each: PullRequest.of(record.doc) for each, record in records.items()}

    def _is_same(self, pull: Pull, stored: PullRequest | None) -> bool:
        """Whether the commits were looked through with the same patterns, and nothing was changed
        since."""
        if stored is None or stored.digest != self.coauthors.digest:
            return False
        return stored.updated_at == pull.updated_at and stored.login == pull.login

    def _keep(self, repository: str, pull: Pull, merged_at: int) -> None:
        self.go_on()
        commits = self.github.list_commits(repository, pull.number)
        for commit in commits:
            self.see(commit)
        made = PullRequest(
            repository=repository,
            number=pull.number,
            login=pull.login,
            merged_at=merged_at,
            updated_at=pull.updated_at,
            assistants=tuple(self.coauthors.find(commit.message for commit in commits)),
            digest=self.coauthors.digest,
        )
        record_id = pull_request_id(self.team, repository, pull.number)
        amend(self.world.documents, self.team, PULL_REQUEST, record_id, lambda _: made.to_doc())
