"""Decoding and mapping of OTLP."""
