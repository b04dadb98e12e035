"""Several records of one call make one event, whatever their order."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.identity.keys import KeyKind
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import HOUR, SECOND, day_of, day_start, iso
from chalicelib.kit.ids import event_id
from chalicelib.metering.bulk import KINDS, FileRecord, Load, Mode, Tally
from chalicelib.metering.rerating import Order, rerate
from chalicelib.metering.revisions import revise, void
from chalicelib.metering.untold import CONFLICT, LEFT_OUT, read_untold
from infra.local.feeder import drain
from infra.local.world import build
from tests.conftest import NOON
from tests.otlp.exports import as_json, span, traces
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock

Json = dict[str, Any]
ID = "chatcmpl-B7fGxQ"
PATH = "/meter/v2/ai/completions"


class Ledger:
    """A team of its own, and its one call."""

    def __init__(self, folder: str) -> None:
        self.world = replace(build(Path(folder)), now=Clock(NOON))
        self.client = Client(self.world)
        self.team = self.client.installed.team

    def rest(self, **members: Any) -> None:
        body = completion(1, transactionId=ID, **members)
        assert self.client.post(PATH, body).status == 201

    def file(self, mode: Mode = Mode.ADD, **members: Any) -> Tally:
        principal = Principal(
            self.client.installed.tenant, self.team, "file", KeyKind.METERING.scopes
        )
        load = Load(
            world=self.world,
            principal=principal,
            kind=KINDS["completion"],
            mode=mode,
            tell=lambda *_: None,
        )
        text = json.dumps(completion(1, transactionId=ID, **members)).encode()
        list(load.run([FileRecord(0, text)]))
        return load.tally

    def spans(self, *told: Json) -> None:
        spans = []
        for number, each in enumerate(told, 1):
            attributes = span()["attributes"] | {"gen_ai.response.id": ID} | each
            spans.append(span(number, attributes))
        answer = self.client.post("/meter/v2/otlp/v1/traces", as_json(traces(*spans)))
        assert answer.json["processedEvents"] == len(told)

    def rerate(self) -> None:
        drain(self.world)
        day = day_of(NOON)
        assert rerate(self.world, self.team, Order(day, day), "test").number_changed == 1

    def void(self) -> None:
        void(self.world, self.team, [event_id(self.team, "COMPLETION", ID)])

    def versions(self) -> list[Json]:
        identity = event_id(self.team, "COMPLETION", ID)
        return [json.loads(each.body) for each in self.world.events.history(self.team, identity)]

    def row(self) -> Json:
        return self.versions()[-1]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(str(tmp_path))


RICH = {"cacheReadTokenCount": 800, "organizationName": "Northwind", "agent": "writer"}
READ = "gen_ai.usage.cache_read.input_tokens"


def test_the_middlewares_record_makes_an_earlier_span_richer(ledger: Ledger) -> None:
    ledger.spans({"revenium.task.type": "draft"})
    assert ledger.row()["cost_nano"] == 210_000
    ledger.rest(**RICH)
    row = ledger.row()
    assert (row["cost_nano"], row["version"], row["channel"]) == (150_000, 2, "REST")
    assert (row["organization"], row["agent"], row["task_type"]) == ("Northwind", "writer", "draft")
    assert "price_status" in row
    ledger.rest(**RICH)
    ledger.spans({"revenium.task.type": "draft"})
    assert len(ledger.versions()) == 2


def test_a_span_fills_what_the_middleware_left_open_and_overwrites_nothing(ledger: Ledger) -> None:
    ledger.rest(agent="writer")
    ledger.spans({READ: 800, "revenium.agent.name": "other", "revenium.task.type": "draft"})
    row = ledger.row()
    assert (row["agent"], row["task_type"], row["cache_read_tokens"]) == ("writer", "draft", 800)
    assert row["cost_nano"] == 150_000


def test_what_was_stated_stays_even_when_it_is_zero(ledger: Ledger) -> None:
    ledger.rest(cacheReadTokenCount=0)
    ledger.spans({READ: 800})
    assert ledger.row()["cache_read_tokens"] == 0


def test_counts_that_do_not_agree_are_not_mixed(ledger: Ledger) -> None:
    ledger.rest(inputTokenCount=100, totalTokenCount=200)
    ledger.spans({READ: 800})
    assert ledger.row().get("cache_read_tokens") is None


def test_a_whole_answer_makes_a_broken_off_one_richer(ledger: Ledger) -> None:
    ledger.spans({"gen_ai.usage.output_tokens": 3})
    ledger.spans({"gen_ai.usage.output_tokens": 100})
    ledger.spans({"gen_ai.usage.output_tokens": 3})
    assert (ledger.row()["output_tokens"], len(ledger.versions())) == (100, 2)


def test_the_fuller_of_two_stated_records_stands(ledger: Ledger) -> None:
    ledger.rest(agent="one")
    ledger.rest(agent="two", outputTokenCount=7)
    assert (ledger.row()["agent"], len(ledger.versions())) == ("one", 1)


@pytest.mark.parametrize("channel", ["rest", "file"])
def test_the_whole_answer_takes_the_place_of_a_broken_off_one(ledger: Ledger, channel: str) -> None:
    send = getattr(ledger, channel)
    part = {"stopReason": "CANCELLED", "outputTokenCount": 3, "totalTokenCount": 1_003}
    send(**part, agent="writer", totalCost=0.01)
    send()
    send(**part, agent="other", totalCost=0.01)
    row = ledger.row()
    assert (row["output_tokens"], row["stop_reason"], row["agent"]) == (100, "END", "writer")
    assert row["cost_nano"] == 210_000
    versions = len(ledger.versions())
    send(**part, agent="writer", totalCost=0.01)
    send()
    send(outputTokenCount=90, agent="last")
    row = ledger.row()
    assert (row["output_tokens"], row["agent"]) == (100, "last")
    assert len(ledger.versions()) == versions + 1


@pytest.mark.parametrize("stated", [{}, {"totalCost": 0.5}])
def test_a_client_that_tells_cache_later_keeps_the_cost_that_it_stated(
    ledger: Ledger, stated: Json
) -> None:
    ledger.rest(**stated)
    ledger.rest(cacheReadTokenCount=800)
    row = ledger.row()
    assert row["cache_read_tokens"] == 800
    assert row["cost_nano"] == (500_000_000 if stated else 150_000)


def test_a_client_that_speaks_after_a_file_is_heard(ledger: Ledger) -> None:
    ledger.spans({})
    ledger.file(agent="filed", taskType="t")
    ledger.rest(**RICH)
    row = ledger.row()
    assert (row["agent"], row["organization"], row["task_type"]) == ("writer", "Northwind", "t")
    assert (row["channel"], row["cost_nano"]) == ("REST", 150_000)


def test_what_erasing_changed_is_closed_for_ever(ledger: Ledger) -> None:
    ledger.spans({})
    ledger.rest()
    versions = len(ledger.versions())
    identity = event_id(ledger.team, "COMPLETION", ID)
    revise(ledger.world, ledger.team, [identity], lambda _: {"agent": "erased", "extras": None})
    ledger.spans({"revenium.task.type": "draft", READ: 800})
    assert len(ledger.versions()) == versions + 1
    ledger.void()
    ledger.file(agent="again")
    assert (ledger.row()["agent"], ledger.row()["version"]) == ("erased", versions + 2)


HOUSE = {"gen_ai.provider.name": "house", "gen_ai.response.model": "own-8b"}
OWN = {"provider": "HOUSE", "model": "own-8b"}


def test_a_price_that_came_in_between_hides_no_richer_record(ledger: Ledger) -> None:
    ledger.spans(HOUSE)
    assert ledger.row()["price_status"] == "UNPRICED"
    price = {"inputCostPerToken": 2e-7, "outputCostPerToken": 8e-7}
    body = {"name": "own-8b", "provider": "HOUSE", "mode": "chat", **price}
    assert ledger.client.post("/profitstream/v2/api/sources/ai/models", body).status == 200
    ledger.rerate()
    assert (ledger.row()["cost_nano"], ledger.row()["version"]) == (280_000, 2)
    ledger.rest(**OWN, **RICH, totalCost=0.77)
    row = ledger.row()
    assert (row["cost_nano"], row["agent"], row["version"]) == (770_000_000, "writer", 3)
    assert (row["organization"], row["transaction_id"]) == ("Northwind", ID)
    ledger.rest(**OWN, **RICH, totalCost=0.77)
    ledger.spans(HOUSE)
    assert len(ledger.versions()) == 3


def test_what_was_taken_back_stays_so(ledger: Ledger) -> None:
    ledger.spans({})
    ledger.void()
    ledger.rest(**RICH)
    ledger.file(**RICH)
    ledger.spans({READ: 800})
    assert (ledger.row()["deleted"], len(ledger.versions())) == (True, 2)
    assert dict(read_untold(ledger.world, ledger.team)) == {}


@pytest.mark.parametrize("change", ["erase", "void", "correct"])
def test_a_record_that_an_end_hides_is_counted(ledger: Ledger, change: str) -> None:
    """It may be of another call under the same id, and nobody would see that."""
    ledger.rest()
    known = event_id(ledger.team, "COMPLETION", ID)
    if change == "erase":
        revise(ledger.world, ledger.team, [known], lambda _: {"agent": "erased"})
    elif change == "void":
        ledger.void()
    else:
        ledger.file(Mode.CORRECT, agent="writer")
    ledger.rest()
    assert dict(read_untold(ledger.world, ledger.team)) == {}
    large = {"inputTokenCount": 9_000, "outputTokenCount": 700, "totalTokenCount": 9_700}
    identity = answered(ledger, at=NOON, **large)
    reason = CONFLICT if change == "void" else LEFT_OUT
    assert dict(read_untold(ledger.world, ledger.team)) == {reason: 1}
    assert (len(ledger.versions()), identity == known) == (2, change != "void")


def test_what_a_correction_left_open_is_filled_by_a_channel_that_comes_later(
    ledger: Ledger,
) -> None:
    ledger.file(agent="wrong", organizationName="Wrong")
    corrected = {"agent": "right", "outputTokenCount": 200, "totalTokenCount": 1_200}
    assert ledger.file(Mode.CORRECT, **corrected).changed == 1
    whole = {"gen_ai.usage.output_tokens": 200, READ: 400}
    ledger.spans(whole | {"revenium.agent.name": "spanned", "revenium.task.type": "draft"})
    row = ledger.row()
    assert (row["agent"], row["task_type"], row.get("organization")) == ("right", "draft", None)
    assert (row["output_tokens"], row["cache_read_tokens"]) == (200, 400)
    assert (row["channel"], row["version"]) == ("OTLP", 3)


def test_a_correction_that_comes_first_stands_before_a_client(ledger: Ledger) -> None:
    ledger.file(Mode.CORRECT, inputTokenCount=2_000, totalTokenCount=2_100, agent="right")
    ledger.rest(agent="wrong", organizationName="Northwind")
    ledger.file(agent="wrong", taskType="wrong")
    row = ledger.row()
    assert (row["input_tokens"], row["agent"], row["organization"]) == (2_000, "right", "Northwind")
    assert "task_type" not in row
    ledger.file(Mode.CORRECT, inputTokenCount=2_000, totalTokenCount=2_100, agent="right")
    assert len(ledger.versions()) == 2


def test_what_was_corrected_away_does_not_come_back(ledger: Ledger) -> None:
    ledger.rest(organizationName="Wrong")
    ledger.spans({"revenium.task.type": "wrong"})
    corrected = {"inputTokenCount": 5, "outputTokenCount": 6, "totalTokenCount": 11}
    ledger.file(Mode.CORRECT, **corrected)
    ledger.rest(organizationName="Wrong")
    ledger.spans({"revenium.task.type": "wrong"})
    ledger.file(organizationName="Wrong")
    row = ledger.row()
    assert (row["input_tokens"], row.get("organization"), row.get("task_type")) == (5, None, None)
    assert (row["version"], dict(read_untold(ledger.world, ledger.team))) == (3, {})


def test_a_correction_that_is_read_again_takes_nothing_back(ledger: Ledger) -> None:
    ledger.file(agent="wrong")
    assert ledger.file(Mode.CORRECT, agent="right").changed == 1
    assert ledger.file(Mode.CORRECT, agent="right").changed == 0
    ledger.spans({READ: 800})
    assert ledger.file(Mode.CORRECT, agent="right").changed == 0
    assert ledger.row()["cache_read_tokens"] == 800
    assert ledger.file(Mode.CORRECT, agent="other").changed == 1
    ledger.spans({READ: 800})
    assert (ledger.row()["agent"], ledger.row().get("cache_read_tokens")) == ("other", None)


def test_two_calls_of_one_id_are_two_and_the_conflict_is_counted(ledger: Ledger) -> None:
    ledger.spans({}, {"gen_ai.usage.input_tokens": 2_000, "gen_ai.usage.output_tokens": 200})
    other = event_id(ledger.team, "COMPLETION", f"{2:016x}")
    row = json.loads(ledger.world.events.get(ledger.team, [other])[other].body)
    assert (row["input_tokens"], ledger.row()["input_tokens"]) == (2_000, 1_000)
    assert dict(read_untold(ledger.world, ledger.team)) == {CONFLICT: 1}
    ledger.spans({}, {"gen_ai.usage.input_tokens": 2_000, "gen_ai.usage.output_tokens": 200})
    assert dict(read_untold(ledger.world, ledger.team)) == {CONFLICT: 1}
    assert len(ledger.versions()) == 1


def test_two_calls_days_apart_are_two(ledger: Ledger) -> None:
    ledger.spans({})
    late = (NOON - 30 * HOUR) * 1_000_000
    told = span(7, span()["attributes"] | {"gen_ai.response.id": ID})
    told |= {"startTimeUnixNano": late, "endTimeUnixNano": late + SECOND}
    ledger.client.post("/meter/v2/otlp/v1/traces", as_json(traces(told)))
    other = event_id(ledger.team, "COMPLETION", f"{7:016x}")
    (event,) = ledger.world.events.get(ledger.team, [other]).values()
    assert event.day == day_of(NOON - 30 * HOUR)


def answered(ledger: Ledger, **members: Any) -> str:
    """The id of the event that a record over REST is of."""
    return str(ledger.client.post(PATH, completion(transactionId=ID, **members)).json["id"])


@pytest.mark.parametrize("output", [0, 1])
def test_one_client_that_tells_of_two_inputs_tells_of_two_calls(
    ledger: Ledger, output: int
) -> None:
    """A client that gives all calls of a job one id: what they answer is often the same."""
    nothing = {"inputTokenCount": 0, "outputTokenCount": 0, "totalTokenCount": 0}
    small = {"inputTokenCount": 500, "outputTokenCount": output, "totalTokenCount": 500 + output}
    large = {"inputTokenCount": 900, "outputTokenCount": output, "totalTokenCount": 900 + output}
    later = large | {"at": NOON}
    ids = [answered(ledger, **each) for each in (small, nothing, later, small, later)]
    assert ids == [ids[0], ids[0], ids[2], ids[0], ids[2]]
    assert ids[0] != ids[2]
    assert dict(read_untold(ledger.world, ledger.team)) == {CONFLICT: 1}


def test_a_client_that_mends_the_input_of_its_record_tells_of_one_call(ledger: Ledger) -> None:
    ledger.rest(inputTokenCount=500, outputTokenCount=7, totalTokenCount=507)
    ledger.rest(inputTokenCount=900, outputTokenCount=7, totalTokenCount=907)
    assert (len(ledger.versions()), ledger.row()["input_tokens"]) == (2, 900)


def test_another_reading_of_the_input_makes_no_other_call(ledger: Ledger) -> None:
    """Two instrumentations of a call may count its input differently."""
    ledger.spans({"gen_ai.usage.input_tokens": 70}, {})
    assert len(ledger.versions()) == 2
    assert dict(read_untold(ledger.world, ledger.team)) == {}


def test_spans_of_two_traces_with_one_span_id_are_two_calls(ledger: Ledger) -> None:
    """Some clients number the spans of each trace."""
    spans = []
    for trace in (1, 2):
        for number in (1, 2):
            told = {**span()["attributes"], "gen_ai.usage.input_tokens": 100 * trace + number}
            spans.append({**span(number, told), "traceId": f"{trace:032x}"})
    for batch in (spans[:2], spans[2:], spans, spans[1:3]):
        answer = ledger.client.post("/meter/v2/otlp/v1/traces", as_json(traces(*batch)))
        assert answer.json["processedEvents"] == len(batch)
    names = [f"{number:016x}" for number in (1, 2)]
    names += [f"{name}\n{NOON - SECOND}" for name in names]
    ids = [event_id(ledger.team, "COMPLETION", name) for name in names]
    found = ledger.world.events.get(ledger.team, ids)
    assert [json.loads(found[each].body)["input_tokens"] for each in ids] == [101, 102, 201, 202]
    assert dict(read_untold(ledger.world, ledger.team)) == {CONFLICT: 2}


@pytest.mark.parametrize("apart_s", [0, 10])
def test_one_instrumentation_that_gives_all_calls_one_id(ledger: Ledger, apart_s: int) -> None:
    """As gateways do that make none. Calls that ran at once may be one, told by two
    instrumentations that read its input differently."""
    for number in range(5):
        told = {"gen_ai.response.id": ID, "gen_ai.usage.input_tokens": 500 + number}
        told |= {"gen_ai.usage.output_tokens": 1}
        begun = (NOON - (100 - number * apart_s) * SECOND) * 1_000_000
        one = span(number + 1, span()["attributes"] | told)
        one |= {"startTimeUnixNano": begun, "endTimeUnixNano": begun + 10**9}
        ledger.client.post("/meter/v2/otlp/v1/traces", as_json(traces(one)))
    counted = dict(read_untold(ledger.world, ledger.team))
    assert counted == ({CONFLICT: 4} if apart_s else {})


def test_the_whole_answer_counts_after_any_number_of_parts(ledger: Ledger) -> None:
    for output in range(10, 90, 10):
        part = {"outputTokenCount": output, "totalTokenCount": 1_000 + output}
        ledger.rest(stopReason="CANCELLED", **part)
    assert (ledger.row()["output_tokens"], len(ledger.versions())) == (70, 7)
    assert dict(read_untold(ledger.world, ledger.team)) == {LEFT_OUT: 1}
    ledger.rest(outputTokenCount=5_000, totalTokenCount=6_000, agent="writer")
    row = ledger.row()
    assert (row["output_tokens"], row["stop_reason"], row["agent"]) == (5_000, "END", "writer")
    ledger.rest(outputTokenCount=5_001, totalTokenCount=6_001)
    assert ledger.row()["output_tokens"] == 5_000
    assert dict(read_untold(ledger.world, ledger.team)) == {LEFT_OUT: 2}


@pytest.mark.parametrize("is_known", [True, False])
def test_a_correction_takes_nothing_of_another_call(ledger: Ledger, is_known: bool) -> None:
    first = {"inputTokenCount": 900, "totalTokenCount": 1_000, "at": NOON - HOUR}
    if is_known:
        ledger.rest(**first)
    ledger.file(Mode.CORRECT, agent="right", at=NOON - HOUR)
    versions = len(ledger.versions())
    ledger.spans({"gen_ai.usage.input_tokens": 444, "gen_ai.usage.output_tokens": 44})
    ledger.rest(
        inputTokenCount=555, outputTokenCount=55, totalTokenCount=610, at=NOON, taskType="other"
    )
    assert len(ledger.versions()) == versions
    assert dict(read_untold(ledger.world, ledger.team)) == {LEFT_OUT: 2}


PART = {"stopReason": "CANCELLED", "outputTokenCount": 3, "totalTokenCount": 1_003}


def test_an_event_stays_in_its_day(ledger: Ledger) -> None:
    """Files of the lake are by day: of a call that begins on both sides of midnight the first
    record to come decides; all else is the client's."""
    midnight = day_start(day_of(NOON))
    begun = (midnight - 100) * 1_000_000
    told = span(1, span()["attributes"] | {"gen_ai.response.id": ID})
    told |= {"startTimeUnixNano": begun, "endTimeUnixNano": begun + SECOND * 1_000_000}
    ledger.client.post("/meter/v2/otlp/v1/traces", as_json(traces(told)))
    ledger.rest(**RICH, requestTime=iso(midnight + 50), responseTime=iso(midnight + 900))
    row = ledger.row()
    assert (row["requested_at"], row["responded_at"]) == (midnight - 100, midnight + 900)
    assert (row["agent"], row["channel"]) == ("writer", "REST")


SENDS: dict[str, Any] = {
    "rest": lambda ledger: ledger.rest(**RICH),
    "rest that broke off": lambda ledger: ledger.rest(**PART, agent="early", taskType="early"),
    "other rest": lambda ledger: ledger.rest(agent="twin", traceId="a", reasoningTokenCount=7),
    "stating rest": lambda ledger: ledger.rest(totalCost=0.5, outputTokenCount=90),
    "file": lambda ledger: ledger.file(agent="filed", taskType="t", reasoningTokenCount=5),
    "open file": lambda ledger: ledger.file(outputTokenCount=1, totalCost=0.1, environment="e"),
    "file that broke off": lambda ledger: ledger.file(**PART, region="r", agent="a"),
    "poor span": lambda ledger: ledger.spans({}),
    "cached span": lambda ledger: ledger.spans({READ: 700, "revenium.agent.name": "spanned"}),
    "broken span": lambda ledger: ledger.spans(
        {"gen_ai.usage.output_tokens": 3, "gen_ai.response.finish_reasons": ["cancelled"]}
    ),
    "both": lambda ledger: ledger.spans({READ: 700}, {"revenium.task.type": "u"}),
}


def ended(sends: Sequence[str]) -> Json:
    """The event after some records, but for when and how often they came."""
    with TemporaryDirectory() as folder:
        ledger = Ledger(folder)
        for name in sends:
            SENDS[name](ledger)
        row = ledger.row()
    extras = json.loads(row.pop("extras", "{}"))
    for name in ("version", "received_at", "revised_at", "api_key_id", "job_id"):
        row.pop(name, None)
    for name in ("organization_id", "product_id", "subscriber_id", "credential_id", "event_id"):
        row.pop(name, None)
    extras.pop("enriched", None)
    extras.pop("records", None)
    return row | {"extras": extras}


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Some records, and the same in another order with repetitions."""
    names = draw(st.lists(st.sampled_from(sorted(SENDS)), min_size=1, max_size=5, unique=True))
    other = [*draw(st.permutations(names)), *draw(st.lists(st.sampled_from(names), max_size=2))]
    return names, draw(st.permutations(other))


@settings(max_examples=50, deadline=None)
@given(mixtures())
def test_any_order_repetition_and_mixture_ends_in_the_same_event(
    mixture: tuple[list[str], list[str]],
) -> None:
    one, other = mixture
    assert ended(one) == ended(other)
