"""What a reader declares of a provider's billing interface."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chalicelib.providers.lines import BilledLine
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider


@dataclass(frozen=True, slots=True)
class Span:
    """UTC days from the first to the last, YYYY-MM-DD, both inclusive."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Named:
    """Something of a provider that has an id and a name: a workspace, an OpenAI project."""

    id: str
    name: str
    is_archived: bool = False


def _no_names(_upstream: Upstream) -> Iterator[Named]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Reader:
    """One provider. `headers` makes those that carry a token; `check` asks for something small that
    only a token of the right kind may see; `read` answers all lines of a span, which is `most_days`
    long at most; `workspaces` names what costs are told apart by.

    All raise CredentialRefused, ProviderFailed.
    """

    provider: BillingProvider
    base_url: str
    headers: Callable[[str], Mapping[str, str]]
    check: Callable[[Upstream], None]
    read: Callable[[Upstream, Span], Iterator[BilledLine]]
    most_days: int = 31
    oldest_days: int = 365
    """How far back it tells anything."""
    lag_days: int = 0
    """The newest days that it tells nothing of, and refuses to be asked about: 1 for today."""
    workspaces: Callable[[Upstream], Iterator[Named]] = _no_names
    needs_account: bool = False
    source: str = ""
    """Where its interface is described."""


def bearer(token: str) -> Mapping[str, str]:
    """The header of most providers."""
    return {"authorization": f"Bearer {token}"}
