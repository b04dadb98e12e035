"""Spans off the wire, with their attributes left as bytes until somebody asks.

Taking an attribute apart costs more than all else of a span, and the spans of a batch repeat most
of theirs. So spans are parsed by opentelemetry-proto's own description of them with one change,
that an attribute is bytes (on the wire a message and bytes are the same), and each different
attribute of a request is taken apart once.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from chalicelib.otlp.rules import Reading, Rule, apply_rule, clean_value
from chalicelib.otlp.vocabulary import GENAI

Message = Any
"""A protobuf message: its classes are made at run time."""


def _leave_attributes_as_bytes(message: Message) -> None:
    for field in message.field:
        if field.name == "attributes":
            field.type = field.TYPE_BYTES
            field.ClearField("type_name")


@lru_cache(maxsize=1)
def traces_class() -> Message:
    """The class of an export of traces."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto  # type: ignore[import-untyped]
    from google.protobuf.descriptor_pool import DescriptorPool  # type: ignore[import-untyped]
    from google.protobuf.message_factory import GetMessageClass  # type: ignore[import-untyped]
    from opentelemetry.proto.common.v1 import common_pb2
    from opentelemetry.proto.resource.v1 import resource_pb2
    from opentelemetry.proto.trace.v1 import trace_pb2

    file = FileDescriptorProto()
    trace_pb2.DESCRIPTOR.CopyToProto(file)
    for message in file.message_type:
        if message.name == "Span":
            _leave_attributes_as_bytes(message)
    pool = DescriptorPool()
    for needed in (common_pb2, resource_pb2):
        pool.AddSerializedFile(needed.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    # TracesData and the service's request are the same on the wire; this one brings no service
    # along.
    return GetMessageClass(pool.FindMessageTypeByName("opentelemetry.proto.trace.v1.TracesData"))


class AttributeReadings(dict[bytes, Reading]):
    """What an attribute says, by its bytes. For one request: what clients send is not kept beyond
    it."""

    def __init__(self, value_of: Callable[[Message], Any]) -> None:
        super().__init__()
        from opentelemetry.proto.common.v1.common_pb2 import KeyValue

        self._pair = KeyValue()
        self._value_of = value_of
        self._rules: dict[bytes, tuple[str, Rule]] = {}

    def __missing__(self, raw: bytes) -> Reading:
        """Take an attribute apart. Raises DecodeError."""
        reading = self._read_short(raw) or self._read_any(raw)
        self[raw] = reading
        return reading

    def _read_short(self, raw: bytes) -> Reading | None:
        """What a short attribute says whose key has come before; None for any other."""
        if not 1 < len(raw) <= _LONGEST:
            return None
        end = raw[1] + 2
        known = self._rules.get(raw[:end])
        if known is None:
            return None
        value = plain_value(raw, end)
        return None if value is None else clean_value(known[0], known[1], value)

    def _read_any(self, raw: bytes) -> Reading:
        """What any attribute says, by way of protobuf. Raises DecodeError."""
        pair = self._pair
        pair.ParseFromString(raw)
        key, held = pair.key, pair.value
        rule = GENAI[key]
        text = key.encode()
        head = _FIELD_1 + bytes((len(text) & _LONGEST,)) + text
        if raw.startswith(head) and len(raw) <= _LONGEST:
            self._rules[head] = key, rule
        # Nearly all values are texts or counts: asking for those first spares asking for the kind.
        return apply_rule(key, rule, held.string_value or held.int_value or self._value_of(held))


def plain_value(raw: bytes, end: int) -> str | int | None:
    """The value of an attribute that is short and is nothing but a text or a small whole number, as
    nearly all are that differ from span to span; None for any other, which only protobuf itself can
    read. `end` is where its key ends.

    <1> length key <2> length (<1> length text | <3> number): below 128 bytes each length is one
    byte.
    """
    size = len(raw)
    if end + 3 >= size or raw[end] != _SECOND or raw[end + 1] != size - end - 2:
        return None
    kind, first = raw[end + 2], raw[end + 3]
    if kind == _TEXT and 0 < first == size - end - 4:
        try:
            return raw[end + 4 :].decode()
        except UnicodeDecodeError:
            return None
    if kind != _NUMBER:
        return None
    if size == end + 4 and first < _MORE:
        return first
    if size == end + 5 and first >= _MORE > raw[end + 4]:
        return first - _MORE | raw[end + 4] << 7
    return None


_FIELD_1 = b"\x0a"
_SECOND, _TEXT, _NUMBER, _MORE = 0x12, 0x0A, 0x18, 0x80
_LONGEST = 127
