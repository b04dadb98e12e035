"""What is stored of logins, and what a sync notes of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from chalicelib.kit.clock import DAY, iso, parse_instant
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, Stale, Taken, fold, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

MAPPING = "GITHUB_USER_MAPPING"
AUTO, MANUAL = "AUTO", "MANUAL"
EMAIL = "email"
_AGAIN_MS = 7 * DAY
"""After this time an address without a login is looked for again."""


@dataclass(frozen=True, slots=True)
class UserMapping:
    """An address and its login; `looked_at` is when a sync last looked for one (UTC epoch ms)."""

    email: str
    login: str | None
    is_manual: bool
    looked_at: int

    @classmethod
    def of(cls, record: Record) -> "UserMapping":
        """The mapping of its record."""
        doc = record.doc
        looked = doc.get("lookedAt")
        return cls(
            doc[EMAIL],
            doc.get("githubLogin"),
            doc.get("source") == MANUAL,
            parse_instant(looked) if looked else 0,
        )

    def is_open(self, now: int) -> bool:
        """Whether a login is still to be looked for at the instant `now` (UTC epoch ms)."""
        return self.login is None and not self.is_manual and now >= self.looked_at + _AGAIN_MS


def read_mappings(world: World, team: Scope) -> Iterator[UserMapping]:
    """All mappings of a team, by address."""
    for record in walk(world.documents, team, MAPPING):
        yield UserMapping.of(record)


def emails_by_login(mappings: Iterable[UserMapping]) -> Mapping[str, str]:
    """The address to show for each login (folded): one that a person has said before one that was
    found, of several the first by the alphabet."""
    ordered = sorted(mappings, key=lambda each: (not each.is_manual, each.email))
    found: dict[str, str] = {}
    for each in ordered:
        if each.login:
            found.setdefault(fold(each.login), each.email)
    return found


def note_found(world: World, team: Scope, email: str, login: str | None) -> None:
    """Keep what a sync has found out about an address, None for nothing; what a person has said
    stays. Another sync that is quicker wins."""
    now = world.now()
    doc = {
        EMAIL: fold(email),
        "githubLogin": login,
        "source": AUTO,
        "resolvedAt": iso(now) if login else None,
        "lookedAt": iso(now),
    }
    stored = world.documents.find(team, MAPPING, EMAIL, email)
    try:
        if stored is None:
            record = Record(MAPPING, new_id(), doc, fold(email), unique={EMAIL: fold(email)})
            world.documents.create(team, replace(record, created_at=now, updated_at=now))
        elif stored.doc["source"] == AUTO:
            world.documents.update(team, replace(stored, doc=doc, updated_at=now))
    except (Stale, Taken):
        return
