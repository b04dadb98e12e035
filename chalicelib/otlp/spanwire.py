"""Spans off the wire, with their attributes left as bytes until somebody asks.

Taking an attribute apart costs more than all else of a span, and the spans of a batch repeat most
of theirs. So spans are parsed by opentelemetry-proto's own description of them with one change,
that an attribute is bytes (on the wire a message and bytes are the same), and each different
attribute of a request is taken apart once.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from chalicelib.otlp.cleaning import Text, count
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
        self._rules = _rules_by_head().copy()

    def __missing__(self, raw: bytes) -> Reading:
        """Take an attribute apart. Raises DecodeError."""
        reading = None
        if 1 < len(raw) <= _LONGEST:
            # A short one, whose key is known or has come before.
            end = raw[1] + 2
            known = self._rules.get(raw[:end])
            if known is not None:
                key, rule, slot, member, kept = known
                value = plain_value(raw, end)
                if value.__class__ is kept:
                    reading = slot, member, value
                elif value is not None:
                    reading = clean_value(key, rule, value)
        if reading is None:
            reading = self._read_any(raw)
        self[raw] = reading
        return reading

    def _read_any(self, raw: bytes) -> Reading:
        """What any attribute says, by way of protobuf. Raises DecodeError."""
        pair = self._pair
        pair.ParseFromString(raw)
        key, held = pair.key, pair.value
        rule = GENAI[key]
        head = _head_of(key)
        if raw.startswith(head) and len(raw) <= _LONGEST:
            self._rules[head] = _KnownKey.of(key, rule)
        # Nearly all values are texts or counts: asking for those first spares asking for the kind.
        return apply_rule(key, rule, held.string_value or held.int_value or self._value_of(held))


class _KnownKey(NamedTuple):
    """A key, its rule, and what becomes of nearly every short value of it: of the class `kept` each
    is kept as it is."""

    key: str
    rule: Rule
    slot: int
    member: str
    kept: type | None

    @classmethod
    def of(cls, key: str, rule: Rule) -> "_KnownKey":
        """That of a key and its rule."""
        slot, member, clean = rule
        kept: type | None = int if clean is count else None
        if isinstance(clean, Text) and clean.shape is None and clean.limit >= _LONGEST:
            kept = str
        return cls(key, rule, slot, member, kept)


@lru_cache(maxsize=1)
def _rules_by_head() -> dict[bytes, _KnownKey]:
    """The keys of the vocabularies, by what an attribute begins with."""
    return {_head_of(key): _KnownKey.of(key, rule) for key, rule in GENAI.items()}


def _head_of(key: str) -> bytes:
    """What a short attribute begins with."""
    text = key.encode()
    return _FIELD_1 + bytes((len(text) & _LONGEST,)) + text


def plain_value(raw: bytes, end: int) -> str | int | None:
    """The value of an attribute that is short and is nothing but a text or a whole number below
    2²¹, as nearly all are that differ from span to span; None for any other, which only protobuf
    itself can read. `end` is where its key ends.

    <1> length key <2> length (<1> length text | <3> number): below 128 bytes each length is one
    byte.
    """
    size = len(raw) - end
    if size > 5 and raw.startswith(_TEXT_HEADS[size], end):
        try:
            return raw[end + 4 :].decode()
        except UnicodeDecodeError:
            return None
    if 4 <= size <= 6 and raw.startswith(_NUMBER_HEADS[size], end):
        return _number_in(raw, end + 3)
    return None


def _number_in(raw: bytes, start: int) -> int | None:
    """The number that stands in the last one, two or three bytes; None when it does not end there
    or ends before."""
    digits = len(raw) - start
    first = raw[start]
    if digits == 1:
        if first < _MORE:
            return first
        return None
    second = raw[start + 1]
    if digits == 2:
        if first >= _MORE > second:
            return first - _MORE | second << 7
        return None
    third = raw[start + 2]
    if first < _MORE or second < _MORE or third >= _MORE:
        return None
    return first - _MORE | (second - _MORE) << 7 | third << 14


_FIELD_1 = b"\x0a"
_MORE = 0x80
"""In each byte of a number but its last one."""
_LONGEST = 127
_TEXT_HEADS = [bytes((0x12, max(0, size - 2), 0x0A, max(0, size - 4))) for size in range(128)]
"""What stands before a text, by how many bytes there are after the key."""
_NUMBER_HEADS = [bytes((0x12, max(0, size - 2), 0x18)) for size in range(7)]
"""What stands before a number."""
