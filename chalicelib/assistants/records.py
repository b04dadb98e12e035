"""What is stored of connections to where code is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.ports.documents import Documents, Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.resources.roster import Roster

INTEGRATION = "INTEGRATION_CREDENTIAL"
"""Kind: one record a connection. `token` is sealed."""
INTEGRATED = Roster("assistants", "INTEGRATED_TEAM")
"""Teams that have ever had something to be read; the document names the `tenant`."""
GITHUB = "GITHUB"


class TokenStatus(StrEnum):
    """What is known of a token. A WARNING works, but not for all that it should see."""

    PENDING = "PENDING"
    VALID = "VALID"
    WARNING = "WARNING"
    INVALID = "INVALID"


DELIVERING = frozenset({TokenStatus.VALID, TokenStatus.WARNING})


@dataclass(frozen=True, slots=True)
class Integration:
    """A connection of a team to where its code is kept. `repositories` are the only ones that are
    read, all without any; `patterns` tell commits that Claude had a hand in."""

    id: str
    kind: str
    token: str = field(repr=False)
    """Sealed; empty when it was wiped."""
    status: TokenStatus
    organization: str
    repositories: Sequence[str]
    patterns: Sequence[str]

    @classmethod
    def of(cls, record: Record) -> "Integration":
        """The connection of its record."""
        doc = record.doc
        metadata = doc.get("metadata") or {}
        return cls(
            id=record.id,
            kind=doc["integrationType"],
            token=doc.get("token") or "",
            status=TokenStatus(doc.get("status") or TokenStatus.PENDING),
            organization=metadata.get("organization") or "",
            repositories=metadata.get("allowedRepos") or (),
            patterns=metadata.get("claudeCoAuthorPatterns") or (),
        )

    def reads_like(self, other: "Integration") -> bool:
        """Whether both read the same with the same token."""
        return (self.token, self.organization, self.repositories, self.patterns) == (
            other.token,
            other.organization,
            other.repositories,
            other.patterns,
        )


def read_integrations(documents: Documents, team: Scope) -> Iterator[Integration]:
    """The connections of a team; one a kind at most."""
    for record in walk(documents, team, INTEGRATION):
        yield Integration.of(record)
