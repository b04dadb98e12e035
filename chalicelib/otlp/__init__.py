"""OTLP: what OpenTelemetry exporters and coding assistants send, from bytes to drafts of metering.

Owns: the decoding of protobuf and JSON exports, the vocabularies of attributes that
instrumentations write, which span or log record is a call of a model or of a tool, and the answers
that exporters understand.

Does not own: what becomes of a draft (metering), its price (pricing), and the reading of traces
(traces).

Stands on: directory, identity, kit, lake, metering, ports, pricing.
"""
