"""Which texts are no identity of a response."""

import pytest

from chalicelib.otlp.weak_ids import is_weak_id
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
