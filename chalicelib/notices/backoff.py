"""Back-off: when a delivery that failed is tried again."""

import hashlib

from chalicelib.kit.clock import HOUR, MINUTE

_DELAYS = (
    MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 8 * HOUR,
)  # fmt: skip
"""After each try: ten of them within a day."""
MOST_TRIES = len(_DELAYS) + 1
_LEAST_PER_MILLE, _SPREAD_PER_MILLE = 800, 400


def next_try(delivery_id: str, tries: int, now: int, asked_ms: int = 0) -> int | None:
    """The instant (UTC epoch ms) of the try after `tries` that failed; None when there is none any
    more. Each delay is longer or shorter by up to a fifth, so that what failed together is not
    tried together; `asked_ms` is what the receiver asked to wait, the least."""
    if tries >= MOST_TRIES:
        return None
    delay = _DELAYS[tries - 1] * (_LEAST_PER_MILLE + _jitter(delivery_id, tries)) // 1_000
    return now + max(delay, asked_ms)


def _jitter(delivery_id: str, tries: int) -> int:
    """From 0 to _SPREAD_PER_MILLE; the same for the same try, another one for others."""
    digest = hashlib.blake2b(f"{delivery_id}:{tries}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) % (_SPREAD_PER_MILLE + 1)
