"""Answers of providers as JSON with exact numbers. HTML and half a page are errors that say so, and
never read as "nothing"."""

import json
from decimal import Decimal
from typing import Any

from chalicelib.ports.outbound import Reply
from chalicelib.providers.failures import AnswerUnreadable

Json = dict[str, Any]
MOST_BYTES = 8 * 1024 * 1024
"""Of an answer: a page of a thousand rows is half a megabyte."""


def parse_object(reply: Reply) -> Json:
    """The JSON object of an answer, its numbers as integers and Decimals. Raises
    AnswerUnreadable."""
    parsed = _parse(reply)
    if not isinstance(parsed, dict):
        raise AnswerUnreadable("the provider answered something that is no JSON object")
    return parsed


def parse_rows(reply: Reply) -> list[Json]:
    """The objects of an answer that is a JSON list. Raises AnswerUnreadable."""
    parsed = _parse(reply)
    if not isinstance(parsed, list) or not all(isinstance(row, dict) for row in parsed):
        raise AnswerUnreadable("the provider answered something that is no list of JSON objects")
    return parsed


def _parse(reply: Reply) -> object:
    if reply.is_cut:
        raise AnswerUnreadable(f"the provider answered more than {MOST_BYTES} bytes")
    try:
        parsed: object = json.loads(
            reply.body, parse_float=Decimal, parse_constant=_refuse_constant
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise AnswerUnreadable("the provider answered something that is not JSON") from error
    return parsed


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
