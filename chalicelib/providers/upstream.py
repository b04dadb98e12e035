"""Upstream: requests to one provider, with patience.

A provider that throttles or fails for a moment is asked again, after the time that it asks for or
else one that doubles; one that goes on doing so is left alone until the next run.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from chalicelib.kit.clock import SECOND
from chalicelib.kit.jsontext import dumps
from chalicelib.ports.outbound import Call, Reply, Unreachable
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.answers import MOST_BYTES, Json, parse_object
from chalicelib.providers.failures import CredentialRefused, ProviderFailed, ProviderThrottled

Parameters = Sequence[tuple[str, str | int]]
_SECONDARY, _MINUTE_S = b"secondary rate limit", 60.0
_MOST_REASON = 2_000
"""Bytes of a refusal that are looked through for its reason."""
_TIMEOUT_S = 30.0
_TRIES = 5
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_THROTTLED = frozenset({429, 529})
_REFUSED = frozenset({401, 403})
NOT_THERE = 404


@dataclass(frozen=True, slots=True)
class Upstream:
    """One provider on behalf of one connection. `base_url` has no slash at its end; `headers` carry
    the token, and are never logged; `account` is whose bill is read, where a token sees several.
    `pause` waits for so many seconds. `tries` and `timeout_s` (of one try) are less where somebody
    waits for the answer."""

    world: World
    tenant: Scope
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    account: str = ""
    until: int = 0
    """The instant (UTC epoch ms) after which nothing is asked any more; 0 for none."""
    pause: Callable[[float], None] = time.sleep
    tries: int = _TRIES
    timeout_s: float = _TIMEOUT_S

    def get(self, path: str, parameters: Parameters = ()) -> Json:
        """The JSON object that a GET answers, with exact numbers.

        Raises CredentialRefused, ProviderFailed, AddressRefused.
        """
        return parse_object(self.send("GET", path, parameters))

    def post(self, path: str, body: Json, parameters: Parameters = ()) -> Json:
        """The same for a POST of JSON that may be repeated: it reads, or replaces something."""
        return parse_object(self.send("POST", path, parameters, dumps(body)))

    def patch(self, path: str, body: Json) -> Json:
        """The same for a PATCH, which changes the members that are sent."""
        return parse_object(self.send("PATCH", path, (), dumps(body)))

    def delete(self, path: str) -> None:
        """Take something away; what is not there is away. Raises as `get`."""
        try:
            self.send("DELETE", path)
        except ProviderFailed as error:
            if error.upstream != NOT_THERE:
                raise

    def send(self, method: str, path: str, parameters: Parameters = (), body: bytes = b"") -> Reply:
        """The answer to a request, whose status is 2xx; asked for again while there is hope.

        Raises CredentialRefused, ProviderFailed, AddressRefused. `path` may be a whole URL of the
        same origin: a link to the next page.
        """
        url = path if path.startswith(f"{self.base_url}/") else self.base_url + path
        query = urlencode(parameters)
        headers = {"accept": "application/json", "user-agent": "Meterlake", **self.headers}
        if body:
            headers["content-type"] = "application/json"
        call = Call(
            method,
            f"{url}{'&' if '?' in url else '?'}{query}" if query else url,
            headers,
            body,
            timeout_s=self.timeout_s,
            most_bytes=MOST_BYTES,
        )
        return self._send_patiently(call)

    def _send_patiently(self, call: Call) -> Reply:
        if self.until and self.world.now() > self.until:
            raise ProviderThrottled("the time of one reading is over: the provider is slow")
        wait_s = _FIRST_WAIT_S
        for attempt in range(self.tries):
            failure, asked_s = self._try(call)
            if isinstance(failure, Reply):
                return failure
            if asked_s > _LONGEST_WAIT_S:
                raise ProviderThrottled(
                    f"the provider asks to be left alone for {round(asked_s)} seconds"
                )
            if attempt + 1 == self.tries:
                raise failure
            self.pause(max(asked_s, wait_s))
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        raise AssertionError("the last try answers or raises")

    def _try(self, call: Call) -> tuple[Reply | ProviderFailed, float]:
        """The answer, or what went wrong and how many seconds the provider asks to wait. Raises
        what no further try mends."""
        try:
            reply = self.world.outbound.call(self.tenant, call)
        except Unreachable as error:
            return ProviderFailed(error.message), 0.0
        status = reply.status
        if status // 100 == 2:
            return reply, 0.0
        asked_s = asked_wait_s(reply.headers, self.world.now())
        if status in _THROTTLED or _is_spent(reply):
            # GitHub's secondary limits may be told in words alone: a minute is the least then.
            is_untold = not asked_s and _SECONDARY in reply.body[:_MOST_REASON].lower()
            return ProviderThrottled("the provider throttles"), _MINUTE_S if is_untold else asked_s
        if status in _REFUSED:
            raise CredentialRefused(f"the provider refuses the token (status {status})", status)
        failure = ProviderFailed(f"the provider answered status {status}", status)
        if status < 500:
            raise failure
        return failure, asked_s


def asked_wait_s(headers: Mapping[str, str], now: int) -> float:
    """The seconds that a provider asks to wait (Retry-After, or GitHub's x-ratelimit-reset when
    nothing is left); 0 for none. `now` is in UTC epoch ms."""
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    asked = lowered.get("retry-after", "")
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    reset = lowered.get("x-ratelimit-reset", "")
    if lowered.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit():
        return max(0.0, int(reset[:12]) - now / SECOND)
    return 0.0


def _is_spent(reply: Reply) -> bool:
    """GitHub throttles with 403 too, and says so: nothing is left of the hour's requests, or (its
    secondary limits) in another header or in words alone.
    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""
    if reply.status != 403:
        return False
    lowered = {name.lower(): value.strip() for name, value in reply.headers.items()}
    is_told = lowered.get("x-ratelimit-remaining") == "0" or "retry-after" in lowered
    return is_told or _SECONDARY in reply.body[:_MOST_REASON].lower()
