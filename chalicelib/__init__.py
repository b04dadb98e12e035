"""Meterlake: metering, rating and reporting of AI usage. The layers are described in
CONTRIBUTING.md."""
