"""Passes: one run through the repositories of a connection, or through what is left of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from chalicelib.assistants.coauthors import CoAuthors, build_coauthors
from chalicelib.assistants.github import GitHub, NotVisible, open_github
from chalicelib.assistants.github_rows import Repository
from chalicelib.assistants.logins import LoginFinder
from chalicelib.assistants.outcomes import SyncOutcome, TimeIsOver, judge
from chalicelib.assistants.pulls import PullReader
from chalicelib.assistants.readings import Reading, SyncStatus, read_reading
from chalicelib.assistants.records import INTEGRATION, Integration, TokenStatus
from chalicelib.assistants.states import LeaseLost, note_reading, note_status
from chalicelib.kit.clock import DAY
from chalicelib.kit.jsontext import pack
from chalicelib.ports.outbound import AddressRefused
from chalicelib.ports.scope import Scope
from chalicelib.ports.secrets import SealBroken
from chalicelib.ports.world import World
from chalicelib.providers.failures import CredentialRefused, ProviderFailed, ProviderThrottled

_OVERLAP_MS, _FULL_MS = DAY, 7 * DAY
_MOST_FAILED, _MOST_NOTED = 3, 20
"""Repositories that fail one after the other before a run gives up; names that are noted."""
_UNKNOWN_TOKEN = 401


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One run, within a pass. `until` is when it ends at the latest (UTC epoch ms)."""

    world: World
    tenant: Scope
    team: Scope
    integration: Integration
    lease: str
    until: int | None

    def work(self) -> SyncOutcome:
        """Go on with the pass. Raises LeaseLost."""
        coauthors = build_coauthors(self.integration.patterns)
        reading = self._begin_pass(digest_of(self.integration, coauthors))
        try:
            token = self.world.secrets.open(self.team, self.integration.token)
            github = open_github(self.world, self.tenant, token)
            account = github.read_account()
            finder = LoginFinder(self.world, self.tenant, self.team)
            reader = PullReader(
                self.world,
                self.team,
                github,
                coauthors,
                see=finder.see,
                go_on=self._check_time,
            )
            try:
                reading = self._read_all(reader, reading)
            finally:
                finder.keep_seen()
            finder.search(github)
        except SealBroken:
            told = "the token cannot be opened: store it again"
            return SyncOutcome(SyncStatus.FAILED, told, token=TokenStatus.INVALID, told=told)
        except CredentialRefused as error:
            return self._judge_refusal(error)
        except TimeIsOver:
            told = "there is more to read: the next run goes on"
            return SyncOutcome(SyncStatus.PARTIAL, told, goes_on=True)
        except (ProviderFailed, AddressRefused, NotVisible) as error:
            return SyncOutcome(self._failure(), error.message)
        return judge(reading, coauthors, account)

    def _begin_pass(self, digest: str) -> Reading:
        """The pass to go on with: the one that was broken off, unless it was about something
        else."""
        now, settings = self.world.now(), self.world.settings

        def change(reading: Reading) -> Reading:
            if reading.begun_at and reading.digest == digest:
                return reading
            oldest = now - settings.github_first_days * DAY
            is_full = reading.digest != digest or now - reading.full_at >= _FULL_MS
            since = oldest if is_full else max(oldest, reading.cursor - _OVERLAP_MS)
            return replace(
                reading,
                begun_at=now,
                since=since,
                after="",
                read=0,
                missing=(),
                failed=(),
                digest=digest,
                full_at=0 if reading.digest != digest else reading.full_at,
            )

        return self._note(change)

    def _read_all(self, reader: PullReader, reading: Reading) -> Reading:
        """Read the repositories that are left of the pass. Raises what reading raises."""
        repositories = self._list_repositories(reader.github)
        failed_in_turn = 0
        for repository in repositories:
            if repository.name <= reading.after:
                continue
            self._check_time()
            missing, failed = reading.missing, reading.failed
            try:
                if repository.pushed_at is None or repository.pushed_at >= reading.since:
                    reader.read(repository.name, reading.since)
                failed_in_turn = 0
            except NotVisible:
                missing = (*missing, repository.name)[:_MOST_NOTED]
            except ProviderThrottled:
                raise
            except ProviderFailed as error:
                failed_in_turn += 1
                if failed_in_turn == _MOST_FAILED:
                    raise
                failed = (*failed, f"{repository.name}: {error.message}")[:_MOST_NOTED]
            is_read = (missing, failed) == (reading.missing, reading.failed)
            reading = self._note_repository(repository, missing, failed, is_read=is_read)
        total = len(repositories)
        return self._note(lambda noted: replace(noted, total=total))

    def _list_repositories(self, github: GitHub) -> Sequence[Repository]:
        """Those to read, by name."""
        chosen = self.integration.repositories
        if chosen:
            return [Repository(name, None) for name in sorted(chosen)]
        listed = github.list_repositories(self.integration.organization)
        return sorted(set(listed), key=lambda each: each.name)

    def _note_repository(
        self,
        repository: Repository,
        missing: tuple[str, ...],
        failed: tuple[str, ...],
        *,
        is_read: bool,
    ) -> Reading:
        def change(reading: Reading) -> Reading:
            return replace(
                reading,
                after=repository.name,
                read=reading.read + is_read,
                missing=missing,
                failed=failed,
            )

        return self._note(change)

    def _check_time(self) -> None:
        """Raises TimeIsOver, and LeaseLost when the connection is no longer what it was: one that
        was deleted has no token."""
        if self.until is not None and self.world.now() >= self.until:
            raise TimeIsOver("the time of this run is over")
        record = self.world.documents.get(self.team, INTEGRATION, self.integration.id)
        known = Integration.of(record) if record else None
        if known is None or not known.reads_like(self.integration):
            raise LeaseLost("the connection was changed")

    def _judge_refusal(self, error: CredentialRefused) -> SyncOutcome:
        """A token that GitHub does not know (any more) is of no use."""
        is_gone = error.upstream == _UNKNOWN_TOKEN
        token = TokenStatus.INVALID if is_gone else None
        return SyncOutcome(self._failure(), error.message, token=token, told=error.message)

    def _failure(self) -> SyncStatus:
        """PARTIAL when something of the pass was read all the same."""
        reading = read_reading(self.world.documents, self.team, self.integration.id)
        return SyncStatus.PARTIAL if reading.read else SyncStatus.FAILED

    def _note(self, change: Callable[[Reading], Reading]) -> Reading:
        return note_reading(self.world, self.team, self.integration.id, self.lease, change)

    def give_back(self) -> None:
        """Let somebody else read; nothing happens when somebody does."""
        try:
            self._note(lambda reading: replace(reading, lease="", lease_until=0, is_wanted=True))
        except LeaseLost:
            return

    def end(self, outcome: SyncOutcome) -> None:
        """Note how the run ended; nothing happens when somebody else has taken over."""
        now = self.world.now()

        def change(reading: Reading) -> Reading:
            ended = replace(
                reading,
                lease="",
                lease_until=0,
                status=outcome.status,
                error=outcome.error,
                is_wanted=reading.is_wanted or outcome.goes_on,
            )
            if outcome.status is not SyncStatus.FAILED:
                ended = replace(ended, synced_at=now, first=_oldest(reading))
            if not outcome.is_whole:
                return ended
            cursor = reading.cursor if reading.failed else reading.begun_at
            is_full = reading.since <= reading.begun_at - _days_back(self.world) * DAY
            full_at = reading.begun_at if is_full and not reading.failed else reading.full_at
            return replace(
                ended, begun_at=0, after="", synced=reading.read, cursor=cursor, full_at=full_at
            )

        try:
            self._note(change)
        except LeaseLost:
            return
        if outcome.token:
            told = outcome.told or None
            note_status(self.world, self.team, self.integration, outcome.token, told)


def digest_of(integration: Integration, coauthors: CoAuthors) -> str:
    """What a pass is about: other repositories, or other patterns, make another one."""
    what = [integration.organization, sorted(integration.repositories), coauthors.digest]
    return blake2b(pack({"what": what}).encode(), digest_size=8).hexdigest()


def _oldest(reading: Reading) -> int:
    return min(reading.first, reading.since) if reading.first else reading.since


def _days_back(world: World) -> int:
    return world.settings.github_first_days
