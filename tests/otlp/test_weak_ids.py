"""Which texts are no identity of a response."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.otlp import weak_ids
from chalicelib.otlp.weak_ids import is_no_id, is_weak_id
from tests.otlp.exports import mapped, span, traces


@pytest.mark.parametrize(
    "identity",
    [
        "None",
        "null",
        "undefined",
        "[object Object]",
        "N/A",
        " ",
        "0",
        "000000000000000000000000",
        "00000000-0000-0000-0000-000000000000",
        "-",
        "chatcmpl-7",
        "chatcmpl-853",
        "chatcmpl-0",
        "cmpl_12",
        "17",
    ],
)
def test_weak(identity: str) -> None:
    assert is_weak_id(identity)
    told = span()["attributes"] | {"gen_ai.response.id": identity}
    drafts = mapped(traces(span(1, told), span(2, told))).drafts
    assert [made.identity for made in drafts] == [f"{1:016x}", f"{2:016x}"]


@pytest.mark.parametrize(
    "identity",
    [
        "chatcmpl-B7fGx",
        "msg_01XFDUDYJgAACzvnptvVoYEL",
        "resp_67ccd2bed1ec8190b14f964abc054267",
        "b2c1f0d4-0000-0000-0000-000000000000",
        "1732650000123",
        "none-of-yours",
        "r",
    ],
)
def test_strong(identity: str) -> None:
    assert not is_weak_id(identity)


@given(
    st.text(alphabet="0123456789abcXYZ-_.:{} \t", max_size=40)
    | st.from_regex(r"[a-z]{1,30}[-_:.]?[0-9]{1,8}", fullmatch=True)
    | st.sampled_from(sorted(weak_ids._NOTHING)).map(lambda word: word.rjust(40)),
)
def test_long_ids_are_told_apart_as_all_others_are(identity: str) -> None:
    """There is a short way for them."""
    text = identity.strip()
    is_number = weak_ids._SHORT_NUMBER.fullmatch(text) is not None
    assert is_weak_id(identity) == (is_no_id(identity) or is_number)
