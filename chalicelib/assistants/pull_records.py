"""What is stored of merged pull requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.kit.clock import iso, parse_instant
from chalicelib.kit.ids import event_id
from chalicelib.ports.scope import Scope

PULL_REQUEST = "PULL_REQUEST"
"""Kind: a merged pull request, found by the instant of its merge."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A merged pull request. `assistants` had a hand in it; `digest` is of the patterns that told
    so. Instants are UTC epoch ms."""

    repository: str
    number: int
    login: str | None
    merged_at: int
    updated_at: int
    assistants: tuple[str, ...]
    digest: str

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "PullRequest":
        """The pull request of its document."""
        return cls(
            repository=doc["repository"],
            number=doc["number"],
            login=doc["login"],
            merged_at=parse_instant(doc["reference"]),
            updated_at=doc["updated"],
            assistants=tuple(doc["assistants"]),
            digest=doc["digest"],
        )

    def to_doc(self) -> dict[str, Any]:
        """Its document. The reference is when it was merged, by which months are found."""
        return {
            "repository": self.repository,
            "number": self.number,
            "login": self.login,
            "updated": self.updated_at,
            "assistants": list(self.assistants),
            "digest": self.digest,
            "reference": iso(self.merged_at),
        }


def pull_request_id(team: Scope, repository: str, number: int) -> str:
    """The id of a pull request's record: the same whenever it is read."""
    return event_id(team, PULL_REQUEST, f"{repository.lower()}#{number}")
