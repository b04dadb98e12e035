"""Ids of answers: where an instrumentation has no attribute for the id of a response, but keeps the
provider's own answer as JSON, the id stands in that (OpenInference's `output.value`, LangSmith's
`gen_ai.completion`)."""

import re
from typing import Any

from pydantic_core import from_json

from chalicelib.metering.weak_ids import is_weak_id

_HEAD = re.compile(r'\s{0,9}\{\s{0,9}"id"\s{0,9}:\s{0,9}"((?:chatcmpl-|resp_|msg_)[\w.-]{8,500})"')
"""An answer of OpenAI's or Anthropic's APIs that begins with its id, as nearly all do."""
_OWN = ("chatcmpl-", "resp_", "msg_")
"""How ids begin that providers give; frameworks have others of their own in the same place."""
_OBJECTS = ("chat.completion", "chat.completion.chunk", "response", "text_completion")
_LONGEST = 131_072
"""Characters that are read where the id does not come first. Of a longer text the beginning is."""
_LENGTHS = range(8, 513)
"""Characters of an id."""


def find_answer_id(text: str) -> str | None:
    """The id of the response that a text holds; None where it is no answer, or has none that tells
    it from others."""
    if head := _HEAD.match(text):
        found: Any = head[1]
    elif text.lstrip(" \n")[:1] == "{" and "id" in text:
        try:
            begun = text[:_LONGEST].encode(errors="replace")
            found = _id_in(from_json(begun, allow_partial=True))
        except ValueError:
            return None
    else:
        return None
    if not isinstance(found, str) or len(found) not in _LENGTHS or is_weak_id(found):
        return None
    return found


def _id_in(held: dict[str, Any]) -> Any:  # noqa: ANN401 - any value
    if "generations" in held:
        return _id_of_generations(held["generations"])
    if "candidates" in held:
        # Google's.
        return held.get("response_id") or held.get("responseId")
    is_message = held.get("type") == "message" and "role" in held
    return held.get("id") if is_message or held.get("object") in _OBJECTS else None


def _id_of_generations(prompts: Any) -> Any:  # noqa: ANN401 - any value
    """That of a result of LangChain's: a list of answers for each prompt. Several prompts are
    several calls."""
    match prompts:
        case [[{"message": {"kwargs": {**message}}}, *_]]:
            pass
        case [[{"message": {**message}}, *_]]:
            pass
        case _:
            return None
    told = message.get("response_metadata")
    if isinstance(told, dict) and told.get("id"):
        return told["id"]
    own = message.get("id")
    return own if isinstance(own, str) and own.startswith(_OWN) else None
