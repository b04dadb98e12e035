"""Idempotency-Key: a retry of the same request gets the first one's answer for 24 hours."""

import hashlib
import re
from collections.abc import Callable

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import DAY, SECOND
from chalicelib.kit.errors import MeterlakeError, Unavailable
from chalicelib.kit.http.messages import Request, Response
from chalicelib.ports.replays import Replay
from chalicelib.ports.world import World

_SHAPE = re.compile(r"[ -~]{1,255}")
_KEPT_MS = DAY
_LOCK_MS = 30 * SECOND
"""Longer than any request may run, so that a lock is only taken over from a process that died."""


class KeyMalformed(MeterlakeError):
    """The key is empty, too long or not printable ASCII (400)."""

    status, code, reason = 400, "invalid_idempotency_key", "invalid_idempotency_key"
    problem = "INVALID_IDEMPOTENCY_KEY"


class KeyMismatch(MeterlakeError):
    """The key came with another body before (409)."""

    status, code, reason = 409, "idempotency_key_mismatch", "idempotency_key_mismatch"
    problem = "IDEMPOTENCY_KEY_CONFLICT"


class KeyInProgress(MeterlakeError):
    """The first request with the key is still running (409, worth a retry)."""

    status, code, reason, retry_after = (
        409,
        "idempotency_key_in_progress",
        "idempotency_key_in_progress",
        1,
    )
    problem = "IDEMPOTENCY_REQUEST_IN_PROGRESS"


class KeysUnavailable(Unavailable):
    """What was answered to which key cannot be looked up now (503, worth a retry)."""

    problem = "IDEMPOTENCY_BACKEND_UNAVAILABLE"


def once(
    world: World,
    principal: Principal,
    request: Request,
    body: bytes,
    answer: Callable[[], Response],
) -> Response:
    """Answer, or repeat what was answered to the same key and body. Without the header it just
    answers.

    Only successes are kept: after an error the client may mend the body and use the key again.
    Raises KeyMalformed, KeyMismatch, KeyInProgress, KeysUnavailable.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return answer()
    if not _SHAPE.fullmatch(key):
        raise KeyMalformed("Idempotency-Key must be 1 to 255 printable ASCII characters")
    tenant, now = principal.tenant, world.now()
    # Teams of one tenant count their requests alike: the same key of two of them is two requests.
    key = f"{principal.team}/{key}"
    body_hash = hashlib.blake2b(
        f"{request.method} {request.path}\n".encode() + body, digest_size=16
    ).hexdigest()
    try:
        held = world.replays.begin(tenant, key, body_hash, now=now, lock_until=now + _LOCK_MS)
    except Unavailable as error:
        raise KeysUnavailable(error.message) from error
    if held is not None:
        return _repeat(held, body_hash)
    finished = False
    try:
        response = answer()
        kept = Replay(body_hash, response.status, response.body.decode())
        world.replays.finish(tenant, key, kept, expires=now + _KEPT_MS)
        finished = True
    finally:
        if not finished:
            world.replays.abandon(tenant, key)
    return response


def _repeat(held: Replay, body_hash: str) -> Response:
    if held.body_hash != body_hash:
        raise KeyMismatch("this Idempotency-Key was used with another request")
    if not held.status:
        raise KeyInProgress("the first request with this Idempotency-Key is still running")
    return Response(held.status, held.body.encode(), headers={"Idempotent-Replayed": "true"})
