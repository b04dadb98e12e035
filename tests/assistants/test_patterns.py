"""Patterns that people write: what is refused, and that none can keep us busy."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.assistants.coauthors import build_coauthors
from chalicelib.assistants.patterns import LONGEST, find_fault

SLOW = "a" * 50_000 + "!"


@pytest.mark.parametrize(
    "pattern",
    [
        r"^Co-Authored-By:.*Claude",
        r"(?i)generated with \[claude code\]",
        r"(?im:^x$)",
        r"(?P<who>claude|opus){1,3}",
        r"[(?+*{]+",
        r"[^]a]",
        r"a{0,5}?",
        "(a+)+$",
        "ä",
    ],
)
def test_what_can_be_used(pattern: str) -> None:
    assert find_fault(pattern) == ""
    assert build_coauthors([pattern]).refused == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "empty"),
        ("(", "no regular expression"),
        ("a**", "no regular expression"),
        ("(?=x)", "groups"),
        ("(?<!x)", "groups"),
        (r"(a)\1", r"\1"),
        ("(?P=a)", "groups"),
        ("(?>a)", "groups"),
        ("a++", "++"),
        (r"\Z", r"\Z"),
        (r"\x41", r"\x"),
        ("a{1001}", "1000"),
        ("(a{1,100}){1,100}", "1000"),
        ("a{99999999999999}", "1000"),
        ("a{,5}", "{0,"),
        ("[[:alpha:]]", "set"),
    ],
)
def test_what_is_refused_says_why(pattern: str, words: str) -> None:
    assert words in find_fault(pattern)


@given(st.text(alphabet="ab()[]{}*+?|\\^$.,0159:P<>=!ims-&~dwZ", max_size=LONGEST))
def test_what_passes_is_matched_by_the_engine_and_never_for_long(pattern: str) -> None:
    if find_fault(pattern):
        return
    coauthors = build_coauthors([pattern])
    assert coauthors.refused == []
    begun = time.monotonic()
    coauthors.find([SLOW])
    assert time.monotonic() - begun < 5


def test_a_pattern_that_hangs_others_does_not_hang_us() -> None:
    coauthors = build_coauthors(["(a+)+$", "(a|aa)+$", "(.*a){50}$"])
    begun = time.monotonic()
    assert coauthors.find([SLOW]) == []
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>", ["claude-code"]),
        ("Fix\n\nCo-authored-by: Claude Opus 4.5 <noreply@anthropic.com>\n", ["claude-code"]),
        ("co-authored-by: Cursor <cursoragent@cursor.com>", ["cursor"]),
        (
            "x\nCo-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>",
            ["github-copilot"],
        ),
        ("x\nCo-authored-by: Codex <noreply@openai.com>", ["codex-cli"]),
        ("x\nCo-authored-by: gemini-cli <x@users.noreply.github.com>", ["gemini-cli"]),
        ("Co-authored-by: Claude Dupont <claude@dupont.example>", []),
        ("Ask noreply@anthropic.com about it", []),
        ("bad \ud800 text\nCo-authored-by: Codex <c@x>", ["codex-cli"]),
        ("", []),
    ],
)
def test_assistants_are_found_by_their_trailers(message: str, found: list[str]) -> None:
    assert build_coauthors([]).find(["Begin", message]) == found


def test_patterns_of_a_team_take_the_place_of_those_for_claude() -> None:
    ours, theirs = build_coauthors([]), build_coauthors(["^assisted-by: claude"])
    message = "x\n\nAssisted-By: Claude\nCo-authored-by: Codex <noreply@openai.com>"
    assert theirs.find([message]) == ["claude-code", "codex-cli"]
    assert theirs.find(["Co-authored-by: Claude <noreply@anthropic.com>"]) == []
    assert ours.digest != theirs.digest == build_coauthors(["^assisted-by: claude"]).digest
