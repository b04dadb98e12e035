"""Logins: which account at GitHub belongs to an address that Meterlake knows.

Only addresses of people who are users, subscribers or Claude Code's are looked for: those of
everybody else who ever committed are nobody's business and are kept nowhere.
"""

from collections.abc import Iterator
from itertools import islice

from chalicelib.assistants.github import GitHub
from chalicelib.assistants.github_rows import Commit
from chalicelib.assistants.mapping_records import note_found, read_mappings
from chalicelib.directory.registry import SUBSCRIBER
from chalicelib.identity.records import USER
from chalicelib.ports.documents import fold, walk
from chalicelib.ports.outbound import AddressRefused
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.failures import CredentialRefused, ProviderFailed, ProviderThrottled

_MOST_KNOWN, _MOST_SEARCHED = 20_000, 12
"""Addresses of a team that are looked at, and those that one run searches for: GitHub allows 30
searches a minute, and each takes two."""


class LoginFinder:
    """Finds logins of the addresses that are still open."""

    def __init__(self, world: World, tenant: Scope, team: Scope) -> None:
        self._world, self._team = world, team
        now = world.now()
        known = {fold(each.email): each for each in read_mappings(world, team)}
        addresses = dict.fromkeys(islice(_list_addresses(world, tenant, team), _MOST_KNOWN))
        self._open = {
            email: None for email in addresses if email not in known or known[email].is_open(now)
        }
        self._unset = {email for email, each in known.items() if each.login is None}
        self._seen: dict[str, set[str]] = {}

    def see(self, commit: Commit) -> None:
        """Note whose account a commit of an address belongs to."""
        email = fold(commit.email)
        if commit.login and (email in self._open or email in self._unset):
            self._seen.setdefault(email, set()).add(commit.login)

    def keep_seen(self) -> None:
        """Keep the logins that commits have told, of addresses with one alone."""
        for email, logins in self._seen.items():
            if len(logins) == 1:
                note_found(self._world, self._team, email, next(iter(logins)))
                self._open.pop(email, None)

    def search(self, github: GitHub) -> None:
        """Look for some of those that are still open. A search that is throttled, or not for this
        token, is left to another run."""
        for email in list(islice(self._open, _MOST_SEARCHED)):
            try:
                login = github.search_commit_author(email) or github.search_user(email)
            except (ProviderThrottled, CredentialRefused):
                return
            except (ProviderFailed, AddressRefused):
                login = None
            note_found(self._world, self._team, email, login)
            del self._open[email]


def _list_addresses(world: World, tenant: Scope, team: Scope) -> Iterator[str]:
    """The addresses that are known of a team, folded."""
    for scope, kind in ((team, SUBSCRIBER), (tenant, USER)):
        for record in walk(world.documents, scope, kind):
            email = record.doc.get("email")
            if isinstance(email, str) and "@" in email:
                yield fold(email)
