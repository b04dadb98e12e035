"""Which texts are no identity of a response, and what becomes of calls that have one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import MINUTE, SECOND
from chalicelib.metering import weak_ids
from chalicelib.metering.untold import CONFLICT, read_untold
from chalicelib.metering.weak_ids import is_no_id, is_weak_id
from chalicelib.ports.world import World
from tests.conftest import NOON
from tests.otlp.exports import mapped, span, traces
from tests.support.bodies import completion
from tests.support.client import Client


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


def post(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/meter/v2/ai/completions", body)
    assert answer.status == 201
    told: dict[str, Any] = answer.json
    return told


@pytest.mark.parametrize(
    "identity",
    [
        "None",
        "null",
        "undefined",
        "[object Object]",
        "N/A",
        "#N/A",
        "(null)",
        "<nil>",
        "[]",
        "\u2014",
        "-1",
        "not_set",
        "placeholder",
        "chatcmpl-default",
        "chatcmpl-00000000",
        "unknown-id",
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


@pytest.mark.parametrize(
    "identity",
    ["None", "null", "0", "00000000", "undefined", "nan", "", " ", "(null)", "chatcmpl-"],
)
def test_a_word_of_nothing_is_no_id_of_a_body(client: Client, identity: str) -> None:
    first = completion(transactionId=identity)
    second = completion(transactionId=identity, at=NOON - MINUTE)
    answers = [post(client, each) for each in (first, second, first)]
    assert len({answer["id"] for answer in answers}) == 2
    assert answers[0]["id"] == answers[2]["id"]
    named = completion(transactionId=identity, spanId=None)
    assert post(client, named | {"spanId": "chatcmpl-BxY"}) == post(
        client, completion(transactionId="chatcmpl-BxY")
    )


@pytest.mark.parametrize("identity", ["msg_0", "chatcmpl-123", "77"])
def test_a_number_names_one_call_of_its_time(client: Client, identity: str) -> None:
    first = completion(transactionId=identity)
    others = [
        completion(transactionId=identity, at=NOON - MINUTE),
        completion(transactionId=identity, at=NOON - 2 * SECOND, inputTokenCount=7),
        completion(
            transactionId=identity,
            at=NOON - 2 * SECOND,
            inputTokenCount=9,
            outputTokenCount=8,
            totalTokenCount=17,
        ),
    ]
    sent = [first, *others]
    answers = [post(client, each)["id"] for each in (*sent, *sent)]
    assert answers[:4] == answers[4:]
    assert len(set(answers)) == 4
    part = completion(transactionId=identity, stopReason="CANCELLED", outputTokenCount=3)
    assert post(client, part)["id"] == answers[0]
    team = client.installed.team
    assert dict(read_untold(client.world, team)) == {CONFLICT: 3}
    (row,) = [json.loads(each.body) for each in client.world.events.history(team, answers[3])]
    assert (row["transaction_id"], row["input_tokens"]) == (identity, 9)


def test_two_stated_calls_of_one_id_are_two(client: Client) -> None:
    large = {"inputTokenCount": 50_000, "outputTokenCount": 900, "totalTokenCount": 50_900}
    first = completion(transactionId="chatcmpl-B7fGxQ")
    second = first | large
    answers = [post(client, each)["id"] for each in (first, second, second, first)]
    assert answers == [answers[0], answers[1], answers[1], answers[0]]
    assert answers[0] != answers[1]
    assert dict(read_untold(client.world, client.installed.team)) == {CONFLICT: 1}
