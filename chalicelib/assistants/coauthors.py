"""Co-authors: which coding assistants had a hand in a commit, by its message.

Patterns are matched by RE2, which Arrow brings along: in time that grows with the text, whatever
they say. Batch functions only: needs pyarrow.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.kit.jsontext import pack

CLAUDE = "claude-code"
_TRAILER = r"^co-authored-by:.*"
_DEFAULTS: Mapping[str, Sequence[str]] = {
    CLAUDE: (
        _TRAILER + r"\bnoreply@anthropic\.com",
        _TRAILER + r"\+claude\[bot\]@users\.noreply\.github\.com",
    ),
    "cursor": (_TRAILER + r"\bcursoragent@cursor\.com", r"^co-authored-by:\s*cursor\b"),
    "github-copilot": (_TRAILER + r"\bcopilot\b",),
    "codex-cli": (_TRAILER + r"\bcodex\b", _TRAILER + r"\bnoreply@openai\.com"),
    "gemini-cli": (_TRAILER + r"\bgemini\b",),
}
_EVERY_LINE = "(?m)"
_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class CoAuthors:
    """The patterns by assistant. `refused` are patterns that RE2 does not take after all; `digest`
    tells whether commits were looked through with the same ones before."""

    patterns: Mapping[str, Sequence[str]]
    refused: Sequence[str]
    digest: str

    def find(self, messages: Iterable[str]) -> list[str]:
        """The assistants that one of the messages names, by name."""
        texts = [message.encode("utf-8", "replace").decode() for message in messages]
        column = pa.array(texts, pa.string())
        found: list[str] = []
        for name, patterns in self.patterns.items():
            if any(_matches_any(column, pattern) for pattern in patterns):
                found.append(name)
        return sorted(found)


def build_coauthors(claude_patterns: Sequence[str]) -> CoAuthors:
    """The patterns of a team: those for Claude take the place of ours, unless there are none."""
    usable, refused = [], []
    nothing = pa.array([""], pa.string())
    for pattern in claude_patterns:
        try:
            _matches_any(nothing, pattern)
            usable.append(pattern)
        except pa.ArrowInvalid:
            refused.append(pattern)
    patterns = {**_DEFAULTS, CLAUDE: usable} if claude_patterns else _DEFAULTS
    text = pack({name: list(each) for name, each in patterns.items()})
    digest = blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
    return CoAuthors(patterns, refused, digest)


def _matches_any(column: pa.Array, pattern: str) -> bool:
    found = pc.match_substring_regex(column, pattern=_EVERY_LINE + pattern, ignore_case=True)
    return bool(pc.any(found).as_py())
