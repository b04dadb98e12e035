"""Ids: short hashids of records, and the identity of events."""

import hashlib
import secrets
from functools import lru_cache

from sqids import Sqids

_MIN_LENGTH, _MAX_LENGTH = 6, 11
"""62^10 is below what the codec can hold; longer texts are none of ours."""
_RANDOM_BITS = 35
"""A random 35-bit number is a hashid of 6 to 7 characters; a collision is caught by the store and
drawn again."""
_DERIVED_BYTES = 6


@lru_cache(maxsize=1)
def _codec() -> Sqids:
    # The alphabet has no underscore, because clients split API keys at underscores. It is shuffled
    # so that neighbouring numbers do not look like neighbours; changing it changes every id, so
    # never change it.
    return Sqids(
        alphabet="k3G7QAe51FCsPW92uEOyq4Bg6Sp8YzVTmnU0liwDdHXLajZrfxNhobJIRcMvKt",
        min_length=_MIN_LENGTH,
        blocklist=[],
    )


def hashid(number: int) -> str:
    """The short text form of a number: letters and digits, case-sensitive."""
    return _codec().encode([number])


def number_of(text: str) -> int | None:
    """The number behind a hashid; None when the text is not one of ours."""
    if len(text) > _MAX_LENGTH or not text.isalnum() or not text.isascii():
        return None
    numbers = _codec().decode(text)
    return numbers[0] if len(numbers) == 1 and hashid(numbers[0]) == text else None


def new_id() -> str:
    """A fresh, unguessable hashid."""
    return hashid(secrets.randbits(_RANDOM_BITS))


def derive_id(*parts: str) -> str:
    """A hashid that follows from some texts, the same whenever it is asked for: 48 bits of BLAKE2b
    over the parts, which are length-prefixed, so that no two different ones run together."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=_DERIVED_BYTES).digest()
    return hashid(int.from_bytes(digest))


def event_id(team: str, kind: str, transaction_id: str) -> str:
    """The identity of an event: 128 bits of BLAKE2b over team, kind and transaction id, as 32 hex
    digits.

    The parts are length-prefixed, so that no two different triples can run together into the same
    text.
    """
    text = f"{len(team)}:{team}{len(kind)}:{kind}{len(transaction_id)}:{transaction_id}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
