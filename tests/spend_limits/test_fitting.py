"""A limit at a provider is never looser than the rule, nor than what somebody else set there."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.budgets.records import COST_CONTROL, CostControl, RuleFilter
from chalicelib.ports.documents import Record
from chalicelib.providers.limiters import LIMITERS
from chalicelib.providers.limiters.limiter import Standing
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod
from chalicelib.spend_limits.fitting import (
    choose_action,
    find_amount_faults,
    find_place_faults,
    find_rule_faults,
    find_standing_faults,
    provider_of,
    to_cents,
    wanted_cents,
)

MONTHLY = LimitPeriod.MONTHLY
AMOUNTS = st.decimals("0.000000001", 10**12, allow_nan=False, allow_infinity=False)
STANDINGS = st.builds(
    Standing,
    st.one_of(st.none(), st.decimals(0, 10**14, places=3)),
    st.sampled_from([*LimitPeriod, ""]),
)


def rule_of(**members: object) -> CostControl:
    doc = {
        "name": "r",
        "metricType": "TOTAL_COST",
        "windowType": "MONTHLY",
        "action": "BLOCK",
        "hardLimit": "100",
        "filters": [{"dimension": "PROVIDER", "operator": "IS", "value": "openai"}],
        **members,
    }
    return CostControl.of(Record(COST_CONTROL, "r", doc))


@given(AMOUNTS, st.lists(st.one_of(st.none(), AMOUNTS), min_size=1, max_size=5))
def test_the_parts_of_an_account_never_have_more_than_the_rule(
    hard: Decimal, parts: list[Decimal | None]
) -> None:
    rule, taken = rule_of(hardLimit=str(hard)), 0
    for asked in parts:
        cents = wanted_cents(rule, asked, taken)
        if not [*find_amount_faults(cents, to_cents(hard), asked)]:
            assert asked is None or Decimal(cents) <= asked * 100
            taken += cents
    assert 0 <= taken <= hard * 100


@given(AMOUNTS, STANDINGS)
def test_what_somebody_set_lower_is_never_raised_unasked(hard: Decimal, standing: Standing) -> None:
    cents = wanted_cents(rule_of(hardLimit=str(hard)), None, 0)
    assert cents <= hard * 100
    faults = [*find_standing_faults(standing, cents, MONTHLY, may_replace=False)]
    if standing.cents is not None and not faults:
        assert standing.period == MONTHLY
        assert cents <= standing.cents
    action = choose_action(standing, cents, MONTHLY)
    assert (action in ("RAISE", "REPLACE")) is bool(faults)
    assert not [*find_standing_faults(standing, cents, MONTHLY, may_replace=True)]


@given(
    st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY"]),
    st.sampled_from(sorted(LIMITERS)),
)
def test_only_windows_that_a_provider_has_are_put_there(
    window: str, provider: BillingProvider
) -> None:
    limiter = LIMITERS[provider]
    faults = [*find_place_faults(rule_of(windowType=window), limiter, "x", partial=True)]
    assert bool(faults) is (window not in limiter.periods)


def test_a_rule_is_about_one_provider_and_all_of_it() -> None:
    def of(*filters: tuple[str, ...]) -> BillingProvider | None:
        docs = [RuleFilter.parse(*each) for each in filters]
        told = [
            {"dimension": each.dimension, "operator": each.operator, "values": list(each.values)}
            for each in docs
        ]
        return provider_of(rule_of(filters=told))

    openai = ("PROVIDER", "IS", "OpenAI")
    assert of(openai) == of(openai, ("PROVIDER", "IN", "openai.chat", "OPENAI")) == "openai"
    assert of(("PROVIDER", "IS", "Anthropic.Messages")) == "anthropic"
    for others in (
        (),
        (("PROVIDER", "IN", "openai", "anthropic"),),
        (openai, ("PROVIDER", "IS", "anthropic")),
        (openai, ("MODEL", "IS", "gpt-5")),
        (("PROVIDER", "CONTAINS", "openai"),),
        (("PROVIDER", "IS", "my-openai-proxy"),),
        (("PROVIDER", "IS", "codex-cli"),),
    ):
        assert of(*others) is None
    assert not [*find_rule_faults(rule_of())]
