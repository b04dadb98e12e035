"""Reading the rows of other products: what they leave out, write as text or misspell becomes the
members of a completion, or is left out."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.kit.clock import iso, parse_instant
from chalicelib.kit.http.validation import read_json
from chalicelib.kit.money import to_nano
from chalicelib.metering.schemas import MOST_USD
from chalicelib.pricing.overlap import TokenCounts, kept_tokens

Row = Mapping[str, Any]
_WORD = re.compile(r"[A-Za-z0-9._:-]{1,128}")
NO_HOST = "Unknown"
"""The provider of a call whose file names none: then the model's maker is meant."""


def as_object(value: object) -> Row:
    """An object, or the text of one, as the cells of a CSV file hold it; else an empty one."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = read_json(value.encode())
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def as_count(value: object) -> int:
    """A count of tokens, also as text or as 12.0; 0 when it is none. One that nobody can have used
    stays too large, for the wire to refuse by its name."""
    amount = as_amount(value)
    return int(min(amount, _TOO_MANY)) if amount is not None and amount > 0 else 0


_TOO_MANY = Decimal(10**15)
"""A number of a few characters (1e9999999) can have more digits than a computer can write."""
NO_COUNTS = "counts of tokens that are no numbers from 0 up, read as 0 (a total decides)"
"""Why something is read otherwise than it stands there."""


_NOTHING = frozenset(("", "null", "none", "nan", "\\n"))
"""How programs write a cell or a number that is missing."""


def is_no_count(value: object) -> bool:
    """Whether something stands where a count should, and is none."""
    if isinstance(value, str | float | None) and str(value).strip().lower() in _NOTHING:
        return False
    amount = as_amount(value)
    return amount is None or amount < 0


def as_amount(value: object) -> Decimal | None:
    """A number, also as text; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def as_text(value: object) -> str | None:
    """A text that is not empty, else None."""
    return value if isinstance(value, str) and value.strip() else None


def as_id(value: object) -> object:
    """An id as it stands there, for the wire to refuse what is none; None when it is no value but a
    structure."""
    return value if isinstance(value, str | int | float) else None


def as_label(value: object) -> str:
    """A text or a flag as text; else an empty one."""
    return str(value) if isinstance(value, str | bool) else ""


def as_word(value: object, longest: int = 128) -> str | None:
    """A word of the wire, which knows letters, digits and ._:- only; else None."""
    if isinstance(value, str) and len(value) <= longest and _WORD.fullmatch(value):
        return value
    return None


def as_instant(value: object) -> int | None:
    """UTC epoch ms of an ISO 8601 text, without zone in UTC; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except (ValueError, OverflowError):
        return None


def time_members(began: int | None, ended: int | None, first_token: int | None = None) -> Row:
    """The members that tell when a call was made; all in UTC epoch ms. A time that is missing is
    the other one."""
    start, end = began if began is not None else ended, ended if ended is not None else began
    if start is None or end is None:
        return {}
    end = max(start, end)
    members: dict[str, Any] = {
        "requestTime": iso(start),
        "responseTime": iso(end),
        "requestDuration": end - start,
        "isStreamed": False,
    }
    if first_token is not None and start <= first_token < end:
        members["isStreamed"] = True
        members["completionStartTime"] = iso(first_token)
        members["timeToFirstToken"] = first_token - start
    return members


def token_members(tokens: TokenCounts, provider: str, model: str, product: str) -> dict[str, Any]:
    """The members that count a call's tokens, in the form in which the ledger keeps them. How a
    product counts cached tokens stands in pricing/overlap.py, under its name."""
    kept = kept_tokens(tokens, provider, model, product)
    return {
        "inputTokenCount": kept.input,
        "outputTokenCount": tokens.output,
        "totalTokenCount": kept.total,
        "cacheReadTokenCount": tokens.cache_read or None,
        "cacheCreationTokenCount": tokens.cache_written or None,
    }


def stated_cost(value: object) -> Row:
    """The column of a cost (USD) that the product reckoned itself."""
    amount = as_amount(value)
    if amount is None or not 0 < amount <= MOST_USD:
        return {}
    return {"stated_cost_nano": to_nano(amount)}


def audio_columns(heard: int, spoken: int) -> Row:
    """The columns of audio tokens, which no member of a completion has. They are counted in its
    input and output too (pricing/overlap.py)."""
    columns = {"audio_input_tokens": heard, "audio_output_tokens": spoken}
    return {name: tokens for name, tokens in columns.items() if tokens}
