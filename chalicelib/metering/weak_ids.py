"""Weak ids: what clients write where a response has no id. They are no identity: several calls of
a team would be one."""

import hashlib
import re
from uuid import uuid4

from pydantic import BaseModel

_NOTHING = frozenset(
    "none null nil undefined nan unknown unknownid na empty false true default placeholder "
    "response id string notset objectobject".split()
)
"""Words of no value in the languages of the clients: their letters and digits, in lower case."""
_MARKS = re.compile(r"[\W_]+")
"""All that is neither letter nor digit: `(null)`, `#N/A`, `[object Object]`, a dash of any kind."""
_PREFIX = re.compile(r"^[a-z]+[\-_.:]+", re.IGNORECASE)
"""That of an id, which may have nothing behind it, or only a word of nothing."""
_NOT_FOUND = "-1"
_SHORT_NUMBER = re.compile(r"(?:[a-z]+[-_:.])?[0-9]{1,6}", re.IGNORECASE)
"""A few digits behind a prefix: Ollama's chatcmpl- with a random number below 1000, a counter."""

_TAIL, _LONG = 7, 20
"""One more than a short number has digits; more than a word of nothing has characters."""


def is_no_id(identity: str) -> bool:
    """Whether a text stands for the lack of an id."""
    text = identity.strip()
    word = _fold(text)
    if not word.strip("0") or word in _NOTHING or text == _NOT_FOUND:
        return True
    rest = _fold(_PREFIX.sub("", text))
    is_zeros = not rest.strip("0") and _SHORT_NUMBER.fullmatch(text) is None
    return is_zeros or rest in _NOTHING


def _fold(text: str) -> str:
    return _MARKS.sub("", text).lower()


def first_id(*given: str | None) -> str | None:
    """The first of some texts that stands for an id; None when there is none."""
    for text in given:
        if text and not is_no_id(text):
            return text
    return None


def make_id(body: BaseModel, *given: str | None) -> str:
    """The id of a record without one, 32 hex digits: a chance one; but where the client gave a text
    that is none, if only an empty one, one by all that the record says, so that sending it again
    makes no other call."""
    if all(text is None for text in given):
        return uuid4().hex
    text = body.model_dump_json(exclude_unset=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def is_weak_id(identity: str) -> bool:
    """Whether different calls are likely to have this id of a response."""
    tail = identity[-_TAIL:]
    if len(identity) > _LONG and tail.isalnum() and tail.strip("0") and identity[0].isalnum():
        # Nearly every one: too long for a word, and too many digits or letters for a number.
        return False
    return is_no_id(identity) or _SHORT_NUMBER.fullmatch(identity.strip()) is not None
