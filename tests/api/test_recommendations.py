"""Recommendations: runs, their advice and what is said about it, on both adapters."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.kit.clock import DAY, MINUTE, SECOND, iso
from chalicelib.kit.errors import Unavailable
from chalicelib.notices.records import DELIVERY
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.recommendations import analysis
from chalicelib.recommendations.investigators.registry import BY_ID, INVESTIGATORS
from chalicelib.recommendations.records import ACTIVE, RUN, newest_first
from tests.conftest import NOON
from tests.recommendations.life import END, PLANTS, START, Life, clean_life
from tests.recommendations.opened import calculate, open_figure, recompute
from tests.support.client import Answer, Client
from tests.support.clock import Clock

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
ROOT = "/api/v2/insights"
FORMER = "/api/v2/recommendations"
CALLLESS = ("unused_seats", "unmetered_bill")
"""What they find is of no call."""
PERIOD = {"periodStart": iso(START), "periodEnd": iso(END)}


def plant(client: Client, *rules: str) -> Life:
    life = clean_life(client.world, client.installed.team)
    for rule in rules:
        PLANTS[rule](life)
    life.write()
    return life


def small_life(client: Client) -> None:
    """Forty failed calls that were paid for, and nothing else."""
    life = Life(client.world, client.installed.team)
    for number in range(40):
        at = START + number % 28 * DAY
        life.call("support", at, stop_reason="ERROR", input_tokens=100_000)
    life.write()


def run(client: Client, **members: Any) -> dict[str, Any]:
    answer = client.post(f"{ROOT}/runs", {**PERIOD, **members})
    assert answer.status == 200, answer.body
    return dict(answer.json)


def problem(answer: Answer) -> tuple[int, str]:
    assert answer.headers.get("Content-Type", "application/problem+json").endswith("json")
    return answer.status, answer.json["code"]


def test_a_run_from_question_to_savings(client: Client, clock: Clock) -> None:
    life = plant(client, "retry_waste", "tool_cost")
    assert [each["id"] for each in client.get(f"{ROOT}/investigators").json] == list(BY_ID)
    begun = run(client)
    assert (begun["status"], begun["duplicated"], begun["failedInvestigators"]) == (
        "completed", False, [],
    )  # fmt: skip
    whole = client.get(f"{FORMER}/runs/{begun['runId']}").json
    advice = whole["parsedRecommendations"]
    assert len(advice) == begun["recommendationsCount"]
    rules = {each["id"]: each["category"] for each in whole["parsedFindings"]}
    told = [rules[each["citations"][0]] for each in advice]
    assert set(told) == {"retry_waste", "tool_cost"}
    assert [each["rank"] for each in advice] == list(range(1, len(advice) + 1))
    assert Decimal(str(whole["analyzedCostUsd"])) * 10**9 == sum(
        row["cost_nano"] or 0 for row in life.rows
    )
    assert whole["parsedBatchMetadata"]["bytesScanned"] > 0
    for each in advice:
        assert each["evidence"]["callIds"]
        for figure in each["evidence"]["figures"]:
            found, _ = open_figure(client, figure)
            assert found == Decimal(str(figure["value"])), figure
    slim = client.get(f"{ROOT}/runs/{begun['runId']}", {"slim": "true"}).json
    assert "parsedFindings" not in slim
    assert [each["id"] for each in slim["recommendationsSummary"]] == [
        each["id"] for each in advice
    ]
    said = {
        "runId": begun["runId"],
        "recommendationId": advice[0]["id"],
        "action": "implemented",
        "confidenceRating": 1,
        "realizedSavings": 12.5,
        "realizedSavingsCurrency": "eur",
    }
    answer = client.post(f"{ROOT}/feedback", said)
    assert answer.status == 201, answer.body
    assert answer.json["realizedSavingsCurrency"] == "EUR"
    clock.move(SECOND)
    assert client.post(f"{FORMER}/feedback", {**said, "action": "dismissed"}).status == 201
    heard = client.get(f"{ROOT}/runs/{begun['runId']}/feedback").json
    assert [each["action"] for each in heard] == ["implemented", "dismissed"]
    assert Decimal(str(heard[0]["realizedSavings"])) == Decimal("12.5")
    assert client.get(f"{ROOT}/runs/{begun['runId']}").json["feedback"] == heard
    take_back(client, heard)


def take_back(client: Client, heard: list[dict[str, Any]]) -> None:
    """Of an advice the newest feedback counts; one that is taken back is as if never said."""
    assert client.get(f"{ROOT}/savings").json == {"savings": []}  # the last word was a dismissal
    path = f"{ROOT}/feedback/{heard[1]['id']}"
    assert client.send("DELETE", path, b"", None, {}).json == heard[1]
    saved = {"currency": "EUR", "realizedSavings": 12.5, "recommendations": 1}
    assert client.get(f"{ROOT}/savings").json == {"savings": [saved]}
    assert client.get(f"{ROOT}/runs/{heard[0]['runId']}/feedback").json == heard[:1]
    again = client.send("DELETE", path.replace(ROOT, FORMER), b"", None, {})
    assert problem(again) == (404, "NOT_FOUND")
    again = {name: heard[0][name] for name in ("runId", "recommendationId")}
    said = {**again, "action": "implemented", "confidenceRating": 1, "realizedSavings": "2.25"}
    assert client.post(f"{ROOT}/feedback", said).status == 201
    saved = {"currency": "USD", "realizedSavings": 2.25, "recommendations": 1}
    assert client.get(f"{ROOT}/savings").json == {"savings": [saved]}


@LOCAL
@pytest.mark.parametrize("rule", PLANTS)
def test_every_figure_opens_and_the_dearest_calls_are_the_dearest(
    client: Client, rule: str
) -> None:
    plant(client, rule)
    whole = client.get(f"{ROOT}/runs/{run(client)['runId']}").json
    assert whole["parsedRecommendations"]
    for advice in whole["parsedRecommendations"]:
        calls = advice["evidence"]["callIds"]
        assert len(calls) <= 20
        assert bool(calls) is (rule not in CALLLESS)
        assert advice["evidence"]["figures"]
        for figure in advice["evidence"]["figures"]:
            found, opened = open_figure(client, figure)
            assert found == Decimal(str(figure["value"])), figure
            if "callIds" in opened:
                assert opened["callIds"] == calls
        if check_saving(client, advice):
            continue
        assert advice["impactEstimate"]["monthlyImpact"] == 0
    saved = [each["evidence"]["saving"] for each in whole["parsedRecommendations"]]
    assert any(saved) is (rule not in SAVELESS)


@LOCAL
def test_a_cost_that_nobody_knows_is_no_figure(client: Client) -> None:
    plant(client, "unpriced_spend")
    (advice,) = client.get(f"{ROOT}/runs/{run(client)['runId']}").json["parsedRecommendations"]
    figures = {each["name"]: each for each in advice["evidence"]["figures"]}
    assert "costUsd" not in figures
    _, opened = open_figure(client, figures["calls"])
    assert opened["costUsd"] is None
    assert opened["unpricedCalls"] == opened["calls"] > 0


SAVELESS = (
    *("concentration", "unpriced_spend", "untagged_spend", "unmetered_bill"),
    "error_concentration",
)
"""What they tell is a risk; the failures that are planted cost nothing."""


def check_saving(client: Client, advice: dict[str, Any]) -> bool:
    """Whether there is one: then it is what its formula makes of what its queries answer, to the
    last billionth, and so is what that comes to in a month."""
    saving, impact = advice["evidence"]["saving"], advice["impactEstimate"]
    if saving is None:
        return False
    told = {name: Decimal(str(saving[name])) for name in ("worthUsd", "claimedUsd")}
    before = Decimal(str(saving["countedBeforeUsd"]))
    assert recompute(client, saving) == told["worthUsd"] > 0, saving
    assert told["worthUsd"] - before == told["claimedUsd"]
    assert bool(saving["countedBeforeQuery"]) is bool(advice["evidence"]["callIds"])
    assert before == 0 or saving["countedBeforeQuery"]
    assert told["claimedUsd"] == Decimal(str(impact["claimedUsd"]))
    known = {each["name"]: Fraction(str(each["value"])) for each in saving["inputs"]}
    known["claimedUsd"] = Fraction(told["claimedUsd"])
    monthly = calculate(saving["monthlyFormula"], known)
    assert monthly == Decimal(str(impact["monthlyImpact"]))
    return True


def test_savings_of_all_wastes_at_once(client: Client) -> None:
    plant(client, *PLANTS)
    whole = client.get(f"{ROOT}/runs/{run(client)['runId']}").json
    advice = whole["parsedRecommendations"]
    some = advice if client.world.settings.stage == "local" else advice[:3]
    assert sum(check_saving(client, each) for each in some) > len(some) // 2
    savings = [each["evidence"]["saving"] for each in advice if each["evidence"]["saving"]]
    savings.sort(key=lambda saving: saving["countedBeforeUsd"])
    assert savings[-1]["countedBeforeUsd"] > savings[0]["countedBeforeUsd"] == 0
    for saving in savings[-2:]:
        check_counted_before(client, saving)


def check_counted_before(client: Client, saving: dict[str, Any]) -> Decimal:
    """What better findings count of a saving, as it is told and as its query opens it."""
    opened, _ = open_figure(client, {"query": saving["countedBeforeQuery"]})
    assert opened == Decimal(str(saving["countedBeforeUsd"]))
    return opened


def find_savings(client: Client, **members: Any) -> dict[str, dict[str, Any]]:
    """The savings that a run tells, by rule."""
    whole = client.get(f"{ROOT}/runs/{run(client, **members)['runId']}").json
    rules = {each["id"]: each["category"] for each in whole["parsedFindings"]}
    found: dict[str, dict[str, Any]] = {}
    for advice in whole["parsedRecommendations"]:
        if saving := advice["evidence"]["saving"]:
            (citation,) = advice["citations"]
            found[rules[citation]] = saving
    return found


@LOCAL
def test_what_was_counted_before_is_opened_without_whom_the_run_was_without(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule of which others count something, and then alone: they are left out, or have
    failed."""
    plant(client, *PLANTS)
    found = find_savings(client)
    rule = max(found, key=lambda each: Decimal(str(found[each]["countedBeforeUsd"])))
    assert found[rule]["countedBeforeUsd"] > 0
    others = sorted(BY_ID.keys() - {rule})
    alone = find_savings(client, excludeInvestigatorIds=others)
    assert check_counted_before(client, alone[rule]) == 0
    look = analysis.look

    def fail(investigator: Any, survey: Any) -> Any:
        if investigator.id in others[1:]:
            raise EngineBusy("too slow")
        return look(investigator, survey)

    monkeypatch.setattr(analysis, "look", fail)
    alone = find_savings(client, excludeInvestigatorIds=others[:1])
    assert check_counted_before(client, alone[rule]) == 0


@LOCAL
def test_workings_are_of_one_rule_and_its_own_slice(client: Client) -> None:
    small_life(client)
    asked = {"startDate": iso(START), "endDate": iso(END - 1), "agent": "support"}
    for rule, words in (
        ({"rule": "no_such"}, "rule: one of retry_waste"),
        ({"rule": "retry_waste"}, "rule: finds nothing in just this slice"),
        ({"rule": "retry_waste", "atTier": "batch"}, "rule: is not asked together"),
        ({"ranked": "true"}, "ranked: asked of a rule that is run"),
    ):
        answer = client.get(f"{ROOT}/slice", asked | rule)
        assert answer.status == 400, answer.body
        assert words in answer.body.decode()
    just = {"kind": "COMPLETION", "model": "gpt-4.1", "failed": "true", "priced": "true"}
    opened = client.get(f"{ROOT}/slice", asked | just | {"rule": "retry_waste"}).json
    assert (opened["savedUsd"], opened["workings"]) == (opened["costUsd"], {})


@LOCAL
def test_a_run_that_is_asked_for_again_is_the_same_one(client: Client, clock: Clock) -> None:
    small_life(client)
    first = run(client, filterAgent=["support", "coder"])
    again = run(client, filterAgent=["coder", "support"])
    assert (again["runId"], again["duplicated"]) == (first["runId"], True)
    assert again["findingsCount"] == first["findingsCount"]
    other = run(client, filterAgent=["support"])
    assert (other["duplicated"], other["runId"] == first["runId"]) == (False, False)
    clock.move(10 * MINUTE)
    later = run(client, filterAgent=["support", "coder"])
    assert (later["duplicated"], later["runId"] == first["runId"]) == (False, False)


@LOCAL
def test_one_key_is_one_run(client: Client, clock: Clock) -> None:
    small_life(client)
    key = {"idempotency_key": str(uuid4())}
    first = client.post(f"{ROOT}/runs", PERIOD, **key)
    clock.move(60 * MINUTE)
    again = client.post(f"{ROOT}/runs", PERIOD, **key)
    assert again.body == first.body
    changed = client.post(f"{ROOT}/runs", {**PERIOD, "filterAgent": ["x"]}, **key)
    assert problem(changed) == (409, "IDEMPOTENCY_KEY_CONFLICT")
    malformed = client.post(f"{ROOT}/runs", PERIOD, idempotency_key="é")
    assert problem(malformed) == (400, "INVALID_IDEMPOTENCY_KEY")


@LOCAL
def test_where_keys_cannot_be_looked_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("down")

    monkeypatch.setattr(type(client.world.replays), "begin", fail)
    answer = client.post(f"{ROOT}/runs", PERIOD, idempotency_key="k")
    assert problem(answer) == (503, "IDEMPOTENCY_BACKEND_UNAVAILABLE")


def test_one_run_at_a_time_and_none_for_ever(client: Client, clock: Clock) -> None:
    team = Scope(client.installed.team)
    doc = {
        "status": "running", "message": "", "start": START, "end": END - 1, "triggeredBy": "api",
        "user": "", "keyHint": "", "asked": {}, "numbers": {}, "failed": [],
    }  # fmt: skip
    record = Record(
        RUN, "dead", doc, newest_first(clock.now), "f", dict(ACTIVE), created_at=clock.now
    )
    client.world.documents.create(team, record)
    answer = client.post(f"{ROOT}/runs", PERIOD)
    assert problem(answer) == (409, "RUN_IN_PROGRESS")
    assert answer.headers["Retry-After"] == "5"
    clock.move(16 * MINUTE)
    assert client.post(f"{ROOT}/runs", PERIOD).status == 200
    listed = client.get(f"{ROOT}/runs").json["data"]
    assert [each["status"] for each in listed] == ["completed", "failed"]


@LOCAL
def test_an_investigator_that_fails_does_not_stop_the_others(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_life(client)
    look = analysis.look

    def fail(investigator: Any, survey: Any) -> Any:
        if investigator.id == "concentration":
            raise EngineBusy("too slow")
        return look(investigator, survey)

    monkeypatch.setattr(analysis, "look", fail)
    begun = run(client)
    assert (begun["status"], begun["failedInvestigators"]) == ("partial", ["concentration"])
    assert begun["recommendationsCount"] == 1
    whole = client.get(f"{ROOT}/runs/{begun['runId']}").json
    assert whole["failedInvestigators"] == ["concentration"]
    assert whole["statusMessage"] == f"1 of {len(INVESTIGATORS)} investigators failed"


@LOCAL
def test_a_lake_that_nobody_can_ask(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    small_life(client)

    def fail(*_: Any) -> None:
        raise EngineBusy("too slow")

    monkeypatch.setattr(type(client.world.engine), "run", fail)
    begun = run(client)
    assert begun["status"] == "failed"
    assert set(begun["failedInvestigators"]) == set(BY_ID)
    whole = client.get(f"{ROOT}/runs/{begun['runId']}").json
    assert (whole["analyzedCostUsd"], whole["parsedRecommendations"]) == (None, [])
    monkeypatch.undo()
    assert run(client)["status"] == "completed"  # a failed run is no duplicate


@LOCAL
@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"periodStart": None, "periodEnd": None}, ["periodStart", "periodEnd"]),
        ({"periodEnd": iso(START)}, ["periodEnd"]),
        ({"periodStart": iso(END - 90 * DAY - SECOND)}, ["periodStart"]),
        ({"periodStart": "1969-12-31T00:00:00Z"}, ["periodStart"]),
        (
            {"excludeInvestigatorIds": ["retry_waste", "luck"], "filterDepartmentId": "d"},
            ["excludeInvestigatorIds.1", "filterDepartmentId"],
        ),
        ({"filterAgent": ["x"] * 101}, ["filterAgent"]),
    ],
)
def test_what_no_run_may_be_asked(
    client: Client, members: dict[str, Any], fields: list[str]
) -> None:
    answer = client.post(f"{ROOT}/runs", {**PERIOD, **members})
    assert problem(answer) == (400, "VALIDATION_ERROR")
    assert [each["field"] for each in answer.json["errors"]] == fields


@LOCAL
def test_what_is_excluded_and_filtered_is_not_looked_at(client: Client) -> None:
    small_life(client)
    assert run(client, excludeInvestigatorIds=["retry_waste"])["recommendationsCount"] == 0
    assert run(client, filterAgent=["coder"])["recommendationsCount"] == 0
    assert run(client, filterConsumingOrgId=["org1"])["recommendationsCount"] == 0
    begun = run(client, filterAgent=["support"], filterIncludeCodingAssistants=False)
    assert begun["recommendationsCount"] == 1
    whole = client.get(f"{ROOT}/runs/{begun['runId']}").json
    assert whole["filterAgent"] == ["support"]
    assert (whole["filterIncludeCodingAssistants"], whole["filterIncludeDescendants"]) == (0, 1)
    assert whole["analyzedSegment"] == "metered_api"
    for figure in whole["parsedRecommendations"][0]["evidence"]["figures"]:
        assert open_figure(client, figure)[0] == Decimal(str(figure["value"]))


def listed(client: Client, **query: Any) -> Iterator[list[str]]:
    """The ids of each page."""
    cursor: str | None = None
    for _ in range(20):
        more = {"cursor": cursor} if cursor else {}
        page = client.get(f"{ROOT}/runs", {**query, **more}).json
        yield [each["runId"] for each in page["data"]]
        if page["next_cursor"] is None:
            return
        assert page["next_cursor"] != cursor
        cursor = page["next_cursor"]


def test_runs_are_listed_the_newest_first(client: Client, clock: Clock) -> None:
    made = []
    for number in range(5):
        made.append(run(client, filterAgent=[str(number)])["runId"])
        clock.move(MINUTE)
    made.reverse()
    pages = list(listed(client, limit=2))
    assert [each for page in pages for each in page] == made
    assert max(map(len, pages)) == 2
    since, until = iso(NOON + MINUTE), iso(NOON + 3 * MINUTE)
    within = [each for page in listed(client, since=since, until=until, limit=2) for each in page]
    assert within == made[1:4]
    assert list(listed(client, status="partial")) == [[]]
    assert list(listed(client, triggered_by="schedule")) == [[]]
    assert list(listed(client, triggered_by="api", status="completed")) == [made]
    backwards = client.get(f"{ROOT}/runs", {"since": until, "until": since})
    assert problem(backwards) == (400, "VALIDATION_ERROR")
    assert problem(client.get(f"{ROOT}/runs", {"limit": 101})) == (400, "VALIDATION_ERROR")


@LOCAL
def test_what_is_not_there(client: Client) -> None:
    small_life(client)
    assert problem(client.get(f"{ROOT}/runs/{uuid4()}")) == (404, "NOT_FOUND")
    assert client.get(f"{ROOT}/runs/{uuid4()}/feedback").json == []
    said = {
        "runId": str(uuid4()), "recommendationId": "x", "action": "acknowledged",
        "confidenceRating": 0,
    }  # fmt: skip
    assert problem(client.post(f"{ROOT}/feedback", said)) == (404, "NOT_FOUND")
    known = {**said, "runId": run(client)["runId"]}
    assert problem(client.post(f"{ROOT}/feedback", known)) == (404, "NOT_FOUND")
    wrong = {**known, "confidenceRating": 2, "realizedSavingsCurrency": "EURO", "action": "liked"}
    answer = client.post(f"{ROOT}/feedback", wrong)
    fields = sorted(each["field"] for each in answer.json["errors"])
    assert fields == ["action", "confidenceRating", "realizedSavingsCurrency"]


def test_a_deployment_without_recommendations(local_world: World) -> None:
    settings = local_world.settings.model_copy(update={"insights_enabled": False})
    client = Client(replace(local_world, settings=settings))
    calls: list[Callable[[], Answer]] = [
        lambda: client.get(f"{ROOT}/investigators"),
        lambda: client.get(f"{ROOT}/runs"),
        lambda: client.post(f"{ROOT}/runs", PERIOD),
        lambda: client.get(f"{ROOT}/runs/{uuid4()}"),
    ]
    for call in calls:
        assert problem(call()) == (403, "AI_RECOMMENDATIONS_DISABLED")


def test_a_deployment_that_is_set_wrong(local_world: World) -> None:
    for wrong in ("{", '{"loop_repeats": 0}', '{"luck": 1}'):
        settings = local_world.settings.model_copy(update={"insight_thresholds": wrong})
        client = Client(replace(local_world, settings=settings))
        assert problem(client.post(f"{ROOT}/runs", PERIOD)) == (500, "MISSING_CONFIG")
        assert client.get(f"{ROOT}/runs").json["data"] == []


def test_thresholds_are_settings(local_world: World) -> None:
    told = '{"error_least_failures": 41}'
    settings = local_world.settings.model_copy(update={"insight_thresholds": told})
    client = Client(replace(local_world, settings=settings))
    small_life(client)
    assert run(client)["recommendationsCount"] == 0


def test_webhooks_hear_of_runs_and_feedback(client: Client) -> None:
    small_life(client)
    hooks = "/profitstream/v2/api/configurations/webhooks"
    for events in (["insight_run"], ["alert"]):
        made = client.post(hooks, {"url": "https://hooks.example.com/", "events": events})
        assert made.status in (200, 201), made.body
    begun = run(client)
    (summary,) = client.get(f"{ROOT}/runs/{begun['runId']}", {"slim": "true"}).json[
        "recommendationsSummary"
    ]
    said = {
        "runId": begun["runId"], "recommendationId": summary["id"], "action": "acknowledged",
        "confidenceRating": 0,
    }  # fmt: skip
    assert client.post(f"{ROOT}/feedback", said).status == 201
    run(client)  # a duplicate is no news
    team = Scope(client.installed.team)
    told = [record.doc["event"] for record in walk(client.world.documents, team, DELIVERY)]
    assert sorted(told) == ["insight_run.completed", "insight_run.feedback"]


@LOCAL
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"startDate": iso(END), "endDate": iso(START)}, "startDate"),
        ({"startDate": iso(END - 91 * DAY), "endDate": iso(END)}, "startDate"),
        ({"startDate": iso(START)}, "endDate"),
        (
            {
                "startDate": iso(START),
                "endDate": iso(END),
                "credentialId": "key1",
                "atModel": "gpt-4o",
            },
            "atModel",
        ),
        ({"startDate": iso(START), "endDate": iso(END), "failed": "perhaps"}, "failed"),
    ],
)
def test_what_no_slice_may_be(client: Client, query: dict[str, Any], field: str) -> None:
    answer = client.get(f"{ROOT}/slice", query)
    assert problem(answer) == (400, "VALIDATION_ERROR")
    assert [each["field"] for each in answer.json["errors"]] == [field]


def test_the_month_is_foretold(client: Client) -> None:
    small_life(client)
    told = client.get("/api/v2/forecast").json
    assert (told["month"], len(told["days"]), told["method"]) == ("2026-11", 30, "mean")
    assert told["forecastUsd"] >= told["spentUsd"]
    band = (told["lowUsd"], told["highUsd"], told["confidence"])
    assert (told["knownDays"] < 7, band) == (True, (None, None, None))
