"""Mending of protobuf exports whose texts are not UTF-8, half characters (lone surrogates) among
them: protobuf refuses the whole message for one such text.

On the wire texts and bytes are the same. So the message is read by opentelemetry-proto's own
description with every text made bytes, the texts are mended, and it is written again. That happens
only to exports that could not be read as they came.
"""

from functools import lru_cache
from typing import Any

from chalicelib.otlp.forms import Signal

Message = Any
"""A protobuf message: its classes are made at run time."""
_PACKAGE = "opentelemetry.proto"
_ROOTS = {
    Signal.TRACES: f"{_PACKAGE}.trace.v1.TracesData",
    Signal.LOGS: f"{_PACKAGE}.logs.v1.LogsData",
    Signal.METRICS: f"{_PACKAGE}.metrics.v1.MetricsData",
}
"""The message that is the same on the wire as the service's request."""


def mend_texts(signal: Signal, body: bytes) -> bytes:
    """The export with its texts in UTF-8: what is none becomes U+FFFD. Raises DecodeError for a
    body that is no protobuf export."""
    message = _classes()[signal].FromString(body)
    _mend(message)
    return bytes(message.SerializeToString())


@lru_cache(maxsize=1)
def _classes() -> dict[Signal, Message]:
    """The classes of exports whose texts are bytes."""
    # They come without types.
    from google.protobuf.descriptor_pb2 import FileDescriptorProto  # type: ignore[import-untyped]
    from google.protobuf.descriptor_pool import DescriptorPool  # type: ignore[import-untyped]
    from google.protobuf.message_factory import GetMessageClass  # type: ignore[import-untyped]
    from opentelemetry.proto.common.v1 import common_pb2
    from opentelemetry.proto.logs.v1 import logs_pb2
    from opentelemetry.proto.metrics.v1 import metrics_pb2
    from opentelemetry.proto.resource.v1 import resource_pb2
    from opentelemetry.proto.trace.v1 import trace_pb2

    pool = DescriptorPool()
    for module in (common_pb2, resource_pb2, trace_pb2, logs_pb2, metrics_pb2):
        file = FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        for message in file.message_type:
            _leave_texts_as_bytes(message)
        pool.AddSerializedFile(file.SerializeToString())
    return {
        signal: GetMessageClass(pool.FindMessageTypeByName(name)) for signal, name in _ROOTS.items()
    }


def _leave_texts_as_bytes(message: Message) -> None:
    for field in message.field:
        if field.type == field.TYPE_STRING:
            field.type = field.TYPE_BYTES
            field.json_name = f"{_TEXT}{field.name}"
    for inner in message.nested_type:
        _leave_texts_as_bytes(inner)


_TEXT = "text_"
"""Begins the JSON name of a field that was a text, which tells it from one of true bytes."""


def _mend(message: Message) -> None:
    """Mend the texts of a message and of all that it holds."""
    for field, value in message.ListFields():
        is_text = field.json_name.startswith(_TEXT)
        if field.message_type is not None:
            for inner in value if field.is_repeated else (value,):
                _mend(inner)
        elif is_text and field.is_repeated:
            value[:] = list(map(_in_utf8, value))
        elif is_text:
            setattr(message, field.name, _in_utf8(value))


def _in_utf8(text: bytes) -> bytes:
    return text.decode("utf-8", "replace").encode()
