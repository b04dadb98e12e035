"""What is nearly JSON becomes JSON; what is JSON stays what it was."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.kit.jsontext import mend

VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, width=32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(VALUE, st.booleans())
def test_json_stays_what_it_was(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=True)
    body = text.encode("utf-8", "replace")
    assert json.loads(mend(body)) == json.loads(body)


@given(
    st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
)
@example("1000.000000000000000000000000")
@example("1e100")
@example("9007199254740993.0")
def test_a_number_keeps_its_value(text: str) -> None:
    told = json.loads(mend(text.encode()), parse_int=Decimal, parse_float=Decimal)
    assert told == Decimal(text)
    assert len(mend(text.encode())) <= len(text) + 17


@given(st.text("0123456789.eE+-", min_size=1, max_size=30))
@example("1.0.5")
def test_what_is_no_number_becomes_none(text: str) -> None:
    assert _is_number(mend(text.encode())) == _is_number(text.encode())


def _is_number(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'{"a": "cut \ud83d"}', {"a": "cut \ufffd"}),
        (rb'{"a": "\ude00 low"}', {"a": "\ufffd low"}),
        (rb'{"a": "\ud83d\ude00"}', {"a": "\U0001f600"}),
        (rb'{"a": "\ud83d\ud83d\ude00"}', {"a": "\ufffd\U0001f600"}),
        (rb'{"a": "\\ud83d"}', {"a": "\\ud83d"}),
        (b'{"a": "\xed\xa0\xbd"}', {"a": "\ufffd\ufffd\ufffd"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": 1000.0, "b": 1e3, "c": "1.0", "d": 1.5}', {"a": 1000, "b": 1000, "c": "1.0"}),
        (b'{"a": -0.0}', {"a": 0}),
    ],
)
def test_what_is_mended(body: bytes, expected: dict[str, Any]) -> None:
    read = json.loads(mend(body))
    assert {name: read[name] for name in expected} == expected
    assert all(type(read[name]) is type(value) for name, value in expected.items())


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": }', b'{"a": "', b"\xff", b"1e400"])
def test_what_is_no_json_stays_none(body: bytes) -> None:
    mend(body)
