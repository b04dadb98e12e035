"""From the bytes of a request to an export, whatever encoding and signals it has."""

from collections.abc import Sequence

from chalicelib.kit.errors import Unauthorized
from chalicelib.kit.http.bodies import JSON
from chalicelib.otlp.forms import Export, Signal
from chalicelib.otlp.otlpjson import from_otlp_json
from chalicelib.otlp.protobuf import any_signal, from_protobuf

_KEY = "revenium.api_key"


def decode(signals: Sequence[Signal], media: str, body: bytes) -> Export:
    """An export of some signals. A protobuf body has one of them. Raises Invalid, TooLarge.

    No protobuf export begins with a brace: such a body is JSON, whatever it is called.
    """
    if media == JSON or body[:1] == b"{":
        return from_otlp_json(body, signals)
    return from_protobuf(signals[0], body) if len(signals) == 1 else any_signal(body)


def key_of(export: Export) -> str:
    """The API key among the resource attributes, where Gemini CLI has it because it can set no
    header; empty when there is none. Raises Unauthorized when there are several: one of them would
    be charged for the other's calls."""
    keys: set[str] = set()
    for attributes in export.resources():
        key = attributes.get(_KEY)
        if isinstance(key, str) and key:
            keys.add(key)
    if len(keys) > 1:
        raise Unauthorized(
            "the resources carry different API keys: send them in requests of their own"
        )
    return keys.pop() if keys else ""
