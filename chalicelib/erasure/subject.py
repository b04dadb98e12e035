"""The person who is erased: by what they are found, and what stands in their place."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chalicelib.assistants.mapping_records import MAPPING, UserMapping
from chalicelib.directory.records import Credential
from chalicelib.directory.registry import CREDENTIAL, SUBSCRIBER
from chalicelib.ports.documents import Record, fold, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.revisions import revision_kind

SHORTEST = 6
"""Characters of an external id that is looked for inside of texts; of a shorter one (`7`, `bob`)
whole values alone are taken, and only where the row is the person's own."""
_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_MEMBERS = ("email", "subscriberId", "externalId")
"""Members that name a subscriber, as its record and its revisions call them."""
_OWNER_IDS = ("subscriber_id", "subscriberId", "subscriber")
_OWNER_NAMES = ("subscriber", "subscriber_email", "subscriberEmail", "user_email", "email")
"""Members of rows and documents that say whose they are."""
_TOKEN_BYTES = 5


@dataclass(frozen=True)
class Subject:
    """`ids` are those of the subscriber's records, `credentials` those of its credentials, `values`
    all that ever named the person (folded), `aliases` the names of the credentials (folded).
    `mappings` are the records that say which login at GitHub is the person's, `logins` these
    logins (folded). `token` takes their place."""

    token: str
    ids: frozenset[str] = frozenset()
    credentials: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    aliases: frozenset[str] = field(default=frozenset())
    mappings: frozenset[str] = frozenset()
    logins: frozenset[str] = frozenset()

    @cached_property
    def literals(self) -> list[str]:
        """What no text may hold: addresses, and external ids that are long enough."""
        return sorted(value for value in self.values if "@" in value or len(value) >= SHORTEST)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Any of the literals as a word of its own; None when there are none."""
        # Longest first, so that of an id and an address that begins with it the address is found.
        longest_first = sorted(self.literals, key=len, reverse=True)
        words = "|".join(map(re.escape, longest_first))
        if not words:
            return None
        return re.compile(f"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])", re.IGNORECASE)

    def owns(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of the lake, or a document, is the person's own. A call that was made with
        a credential of theirs is somebody else's when it names somebody else, though the ledger
        has the credential's owner as its subscriber."""
        for member in _OWNER_NAMES:
            name = row.get(member)
            if isinstance(name, str) and fold(name) in self.values:
                return True
        is_by_credential = row.get("credential_id") in self.credentials
        if is_by_credential and row.get("subscriber_email"):
            return False
        if any(row.get(name) in self.ids for name in _OWNER_IDS):
            return True
        return is_by_credential and not row.get("subscriber_id")

    def text(self, text: str, *, own: bool = False) -> str:
        """A text without the person. A number stays what it is unless it is an id as a whole: it
        may be money."""
        if fold(text) in self.values and (own or fold(text) in self.literals):
            return self.token
        if own and fold(text) in self.aliases:
            return self.token
        if self._pattern is None or _NUMBER.fullmatch(text):
            return text
        return self._pattern.sub(self.token, text)

    def json_text(self, text: str, *, own: bool = False) -> str:
        """JSON text of which only string literals change, so that every number stays to the
        letter."""
        return _STRING.sub(lambda found: f'"{self.text(found[1], own=own)}"', text)

    def value(self, value: Any, *, own: bool = False) -> Any:  # noqa: ANN401 - any value of JSON
        """A JSON value without the person."""
        if isinstance(value, str):
            return self.text(value, own=own)
        if isinstance(value, Mapping):
            return {self.text(name): self.value(inner, own=own) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner, own=own) for inner in value]
        return value


def identify(world: World, team: Scope, who: str) -> Subject:
    """The person by the id of the subscriber, the e-mail or the external id; by the last two also
    when no record knows them (any more). Values that another subscriber holds now are that one's,
    and left alone."""
    found = list(_find_subscribers(world, team, who))
    ids = frozenset(record.id for record in found)
    values = set() if who in ids else {fold(who)}
    for record in found:
        values.update(map(fold, _list_names(world, team, record)))
    for record in _find_holders(world, team, values):
        if record.id not in ids:
            values.difference_update(map(fold, record.unique.values()))
    credentials = _find_credentials(world, team, ids)
    aliases: set[str] = set()
    for record in credentials:
        names = (record.name, record.doc.get("name"))
        aliases.update(fold(name) for name in names if name)
    mappings = _find_mappings(world, team, values)
    return Subject(
        token=_make_token(world, team, min(ids, default=fold(who))),
        ids=ids,
        credentials=frozenset(record.id for record in credentials),
        values=frozenset(values) - {""},
        aliases=frozenset(aliases),
        mappings=frozenset(mappings),
        logins=frozenset(fold(login) for login in mappings.values() if login),
    )


def _find_subscribers(world: World, team: Scope, who: str) -> Iterator[Record]:
    """By its id alone, or all that have the e-mail or external id, also those that were deleted."""
    record = world.documents.get(team, SUBSCRIBER, who)
    if record:
        yield record
        return
    for record in world.documents.every(team):
        if record.kind == SUBSCRIBER and fold(who) in map(fold, _current_names(record.doc)):
            yield record


def _find_credentials(world: World, team: Scope, subscriber_ids: Collection[str]) -> list[Record]:
    """The credentials of subscribers, also those that were deleted."""
    if not subscriber_ids:
        return []
    credentials = (record for record in world.documents.every(team) if record.kind == CREDENTIAL)
    return [each for each in credentials if Credential.of(each).subscriber_id in subscriber_ids]


def _find_mappings(world: World, team: Scope, values: Collection[str]) -> dict[str, str | None]:
    """The logins at GitHub of addresses, by the record that says so, also those that were
    deleted."""
    found: dict[str, str | None] = {}
    for record in world.documents.every(team):
        if record.kind == MAPPING:
            mapping = UserMapping.of(record)
            if fold(mapping.email) in values:
                found[record.id] = mapping.login
    return found


def _current_names(doc: Mapping[str, Any]) -> Iterator[str]:
    """What the document of a subscriber calls it."""
    for member in _MEMBERS:
        value = doc.get(member)
        if isinstance(value, str) and value:
            yield value


def _list_names(world: World, team: Scope, record: Record) -> Iterator[str]:
    """What names the subscriber, now and before it was changed."""
    yield from _current_names(record.doc)
    for change in walk(world.documents, team, revision_kind(SUBSCRIBER, record.id)):
        for member, *texts in change.doc["changes"]:
            if member in _MEMBERS:
                yield from filter(None, texts)


def _find_holders(world: World, team: Scope, values: Iterable[str]) -> Iterator[Record]:
    """The subscribers who hold some values now, as their id or as their address."""
    for value in list(values):
        for name in ("id", "email"):
            record = world.documents.find(team, SUBSCRIBER, name, value)
            if record:
                yield record


def _make_token(world: World, team: Scope, identity: str) -> str:
    """The same for every run; without the deployment's key nobody can tell whose it is."""
    key = world.secrets.digest_key()  # unscoped: one hashing key serves the whole deployment
    digest = hashlib.blake2b(f"{team}/{identity}".encode(), key=key, digest_size=_TOKEN_BYTES)
    return f"erased-{digest.hexdigest()}"
