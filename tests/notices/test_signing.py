"""Signatures, held against the library of the scheme, as receivers use it."""

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from chalicelib.kit.clock import MINUTE, now_ms
from chalicelib.notices.signing import new_secret, sign

BODY = '{"type":"a","data":{"n":1.10}}'


def test_a_receiver_that_knows_any_of_the_secrets_believes_it() -> None:
    new, old, other = new_secret(), new_secret(), new_secret()
    assert len({new, old, other}) == 3
    headers = dict(sign([new, old], "msg_1", now_ms(), BODY))
    for secret in (new, old):
        Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(BODY, headers)


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body", "late"])
def test_what_was_changed_or_is_late_is_not_believed(changed: str) -> None:
    secret, body = new_secret(), BODY
    at = now_ms() - (6 * MINUTE if changed == "late" else 0)
    headers = dict(sign([secret], "msg_1", at, body))
    if changed in headers:
        headers[changed] = headers[changed][:-1] + ("1" if headers[changed][-1] != "1" else "2")
    if changed == "body":
        body = body.replace("1.10", "1.11")
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)
