r"""Patterns: regular expressions that people write, of the part of the language that can be matched
in time that grows with the text alone.

A pattern such as `(a+)+$` keeps Python's own engine busy for ever. So patterns are matched by RE2,
which never goes back (coauthors.py), and what RE2 cannot do, or means otherwise, is refused when a
pattern is stored. Nothing is matched here.
"""

import re
from collections.abc import Iterator
from math import prod

MOST_PATTERNS, LONGEST = 50, 200
_MOST_REPEATS = 1_000
_ESCAPES = frozenset("dDwWsSbBAnrtfv")
_GROUP = re.compile(r"\((?!\?)|\(\?(?::|[ims]+[:)]|P<)")
_COUNT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_SETS = ("[[", "[^[", "--", "&&", "~~", "||")
"""What one engine takes for a set within a set."""


def find_fault(pattern: str) -> str:
    """What is wrong with a pattern, in words; empty when it can be used."""
    if not pattern.strip():
        return "an empty pattern would match everything"
    foreign = next(_foreign_parts(pattern), "")
    if foreign:
        return foreign
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"no regular expression: {error}"[:LONGEST]
    return ""


def _foreign_parts(pattern: str) -> Iterator[str]:
    """What the two engines do not both know, in words."""
    for at, character in _tokens(pattern):
        following = pattern[at + 1 : at + 2]
        if character == "\\" and following.isalnum() and following not in _ESCAPES:
            yield f"\\{following} cannot be used"
        if character == "(" and not _GROUP.match(pattern, at):
            yield f"groups that begin with {pattern[at : at + 3]} cannot be used"
        if character in "*+?}" and following == "+":
            yield f"{character}+ cannot be used"
        if character == "{" and following == ",":
            yield "{, cannot be used: write {0,"
    if "[" in pattern and any(each in pattern for each in _SETS):
        yield "a set cannot hold [, --, &&, ~~ or ||"
    if prod(map(_most_of, _COUNT.finditer(pattern))) > _MOST_REPEATS:
        yield f"what is repeated adds up to more than {_MOST_REPEATS} times"


def _most_of(repeat: re.Match[str]) -> int:
    """How often something may stand there, at least once."""
    return max(1, *(int(text) for text in repeat.groups() if text))


def _tokens(pattern: str) -> Iterator[tuple[int, str]]:
    """Each character outside of sets, with its place; of an escape its backslash."""
    at, in_set = 0, False
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            yield at, character
            at += 1
        elif in_set:
            in_set = character != "]"
        elif character == "[":
            in_set = True
        else:
            yield at, character
        at += 1
