"""OTLP: what OpenTelemetry exporters and coding assistants send, from bytes to drafts of
metering."""
