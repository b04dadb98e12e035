"""Signatures of webhooks, by the Standard Webhooks scheme (standardwebhooks.com)."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

_BYTES = 32
"""The scheme asks for 24 to 64."""
_PREFIX = "whsec_"


def new_secret() -> str:
    """A fresh secret, as receivers set it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def sign(keys: Sequence[str], message_id: str, now: int, body: str) -> Mapping[str, str]:
    """The headers that prove where a body comes from: one signature for each secret, so that a
    receiver may know any of them. `now` is in UTC epoch ms."""
    moment = datetime.fromtimestamp(now // 1_000, UTC)
    signatures = [Webhook(key).sign(message_id, moment, body) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now // 1_000),
        "webhook-signature": " ".join(signatures),
    }
