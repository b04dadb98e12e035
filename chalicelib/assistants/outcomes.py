"""Outcomes: how a run of reading pull requests ended."""

from dataclasses import dataclass

from chalicelib.assistants.coauthors import CoAuthors
from chalicelib.assistants.github import NO_PRIVATE
from chalicelib.assistants.github_rows import Account
from chalicelib.assistants.readings import Reading, SyncStatus
from chalicelib.assistants.records import TokenStatus
from chalicelib.kit.errors import MeterlakeError

_SHOWN = 5
"""Names that are shown."""


class TimeIsOver(MeterlakeError):
    """The pass goes on at the next run (503)."""

    status, code = 503, "UNFINISHED"


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """How a run ended; `is_whole` when all repositories were looked at, `goes_on` when the next run
    is to go on at once. `token` is what is known of the token now, if anything, in words `told`."""

    status: SyncStatus
    error: str = ""
    is_whole: bool = False
    goes_on: bool = False
    token: TokenStatus | None = None
    told: str = ""


def judge(reading: Reading, coauthors: CoAuthors, account: Account) -> SyncOutcome:
    """What a whole pass has come to."""
    failures: list[str] = []
    warnings: list[str] = []
    if reading.failed:
        failures.append(f"{len(reading.failed)} repositories failed: {reading.failed[0]}")
    if reading.missing:
        names = ", ".join(reading.missing[:_SHOWN])
        warnings.append(f"the token does not see {len(reading.missing)} repositories: {names}")
    warnings += [f"the pattern {pattern} cannot be used" for pattern in coauthors.refused]
    status = SyncStatus.PARTIAL if failures or warnings else SyncStatus.SUCCESS
    error = "; ".join([*failures, *warnings])
    if not account.sees_private:
        warnings.append(NO_PRIVATE)
    token = TokenStatus.WARNING if warnings else TokenStatus.VALID
    return SyncOutcome(status, error, is_whole=True, token=token, told="; ".join(warnings))
