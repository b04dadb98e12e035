"""Pricing: what a call cost, in nano-USD, from its quantities and a price source.

Owns: the list prices that come with the release (book.json by the token, media.json by other
units), prices of a team's own on top of them, prices of tools, which token counts hold which
others, and the rules that turn a usage into a cost. All of it is pure: values in, values out.

Does not own: where a team's prices are stored (directory reads them, models and catalog write
them), how a call comes in (metering, otlp), and what a customer is billed (invoicing).

Stands on: kit.
"""
