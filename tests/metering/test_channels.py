"""Any order and repetition of any channel gives the same ledger: a state machine sends the same
calls by REST, from files and as OTLP spans and logs, corrects and voids them, re-rates them, and
compares with a dictionary."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chalicelib.identity.keys import KeyKind
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import DAY, MINUTE, SECOND, day_of
from chalicelib.kit.ids import event_id
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rolling import roll_due
from chalicelib.metering.bulk import KINDS, FileRecord, Load, Mode, Tally
from chalicelib.metering.rerating import Order, rerate
from infra.local.feeder import drain
from infra.local.world import build
from tests.conftest import NOON
from tests.otlp.exports import as_json, span, traces
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock

CALLS = st.integers(1, 6)
DAYS = st.integers(0, 2)


@dataclass(frozen=True)
class Known:
    """What the ledger should say of a call: tokens in, and voided or not."""

    tokens: int
    voided: bool = False


def nano(tokens: int) -> int:
    """Of gpt-4o-mini: 150 nano-USD a token in, 600 a token out, of which there are 100."""
    return tokens * 150 + 100 * 600


def at(number: int) -> int:
    """When a call was made: of some days, so that more than one partition is written."""
    return NOON - SECOND - number % 3 * DAY


def call(number: int, **members: Any) -> dict[str, Any]:
    """A completion whose id is also that of its response."""
    return completion(number, at(number), transactionId=f"chatcmpl-B{number}", **members)


class Channels(RuleBasedStateMachine):
    """`known` is the dictionary that the ledger is held against."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clock = Clock(NOON)
        self.world = replace(build(Path(self.folder.name)), now=self.clock)
        self.client = Client(self.world)
        self.team = self.client.installed.team
        self.principal = Principal(
            self.client.installed.tenant, self.team, "file", KeyKind.METERING.scopes
        )
        self.known: dict[int, Known] = {}

    def teardown(self) -> None:
        self.folder.cleanup()

    def learn(self, number: int) -> None:
        self.known.setdefault(number, Known(1_000))

    @rule(number=CALLS)
    def by_rest(self, number: int) -> None:
        assert self.client.post("/meter/v2/ai/completions", call(number)).status == 201
        self.learn(number)

    @rule(numbers=st.lists(CALLS, min_size=1, max_size=4))
    def by_spans(self, numbers: list[int]) -> None:
        spans = [self.span(number) for number in numbers]
        answer = self.client.post("/meter/v2/otlp/v1/traces", as_json(traces(*spans)))
        assert (answer.status, answer.json["processedEvents"]) == (200, len(numbers))
        for number in numbers:
            self.learn(number)

    def span(self, number: int) -> dict[str, object]:
        told = span(number)
        begun = at(number) * 1_000_000
        attributes = told["attributes"] | {"gen_ai.response.id": f"chatcmpl-B{number}"}
        return told | {
            "attributes": attributes,
            "startTimeUnixNano": begun,
            "endTimeUnixNano": begun + 800 * 1_000_000,
        }

    def file(self, mode: Mode, records: list[dict[str, object]]) -> Tally:
        load = Load(
            world=self.world,
            principal=self.principal,
            kind=KINDS["completion"],
            mode=mode,
            tell=lambda *_: None,
        )
        lines = [FileRecord(place, json.dumps(each).encode()) for place, each in enumerate(records)]
        for _ in load.run(lines):
            pass
        return load.tally

    @rule(numbers=st.lists(CALLS, min_size=1, max_size=4))
    def by_file(self, numbers: list[int]) -> None:
        self.file(Mode.ADD, [call(number) for number in numbers])
        for number in numbers:
            self.learn(number)

    @rule(number=CALLS, tokens=st.sampled_from([1_000, 2_000, 3_000]))
    def corrected(self, number: int, tokens: int) -> None:
        members = {"inputTokenCount": tokens, "totalTokenCount": tokens + 100}
        tally = self.file(Mode.CORRECT, [call(number, **members)])
        before = self.known.get(number)
        if before is None or tally.changed:
            self.known[number] = Known(tokens)
        else:
            assert before == Known(tokens)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def voided(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.known)))
        self.file(Mode.VOID, [{"transactionId": f"chatcmpl-B{number}"}])
        self.known[number] = replace(self.known[number], voided=True)

    @rule()
    def rerated(self) -> None:
        drain(self.world)
        order = Order(day_of(NOON - 3 * DAY), day_of(NOON))
        assert rerate(self.world, self.team, order, "test").number_changed == 0

    @rule()
    def upkeep(self) -> None:
        drain(self.world)
        self.clock.move(MINUTE)
        compact_due(self.world, quiet_ms=0)
        roll_due(self.world)

    @invariant()
    def the_ledger_is_the_dictionary(self) -> None:
        found = {}
        for number in range(1, 7):
            identity = event_id(self.team, "COMPLETION", f"chatcmpl-B{number}")
            if versions := self.world.events.history(self.team, identity):
                row = json.loads(versions[-1].body)
                assert row["cost_nano"] == nano(row["input_tokens"])
                found[number] = Known(row["input_tokens"], row["deleted"])
        assert found == self.known

    @rule()
    def reports_add_up(self) -> None:
        drain(self.world)
        window = {"startDate": "2026-11-20T00:00:00Z", "endDate": "2026-11-25T00:00:00Z"}
        answer = self.client.get("/api/v2/analytics/cost-by-model-aggregated", window)
        told = sum(item["metrics"][0]["metricResult"] for item in answer.json["_embedded"]["items"])
        expected = sum(nano(call.tokens) for call in self.known.values() if not call.voided)
        assert round(told * 10**9) == expected


TestChannels = Channels.TestCase
TestChannels.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
