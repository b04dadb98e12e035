"""The listed models as records: ids that never change, and prices as they stand in the lists."""

from chalicelib.directory.prices import INPUT
from chalicelib.kit.ids import number_of
from chalicelib.models.lists import (
    find_by_name,
    is_provider,
    list_dimensions,
    list_models,
    stable_id,
    token_prices,
)
from chalicelib.models.usage import usage_key
from chalicelib.pricing.catalogue import list_catalogue, prices_on
from tests.conftest import NOON

DAY = "2026-11-24"


def test_every_listed_model_and_dimension_has_an_id_of_its_own() -> None:
    models = list_models()
    dimensions = [
        entry
        for model in models.values()
        if model.listed
        for entry in list_dimensions(model.listed, DAY)
    ]
    assert len(models) == len(list_catalogue()) > 2_000
    assert len({entry["id"] for entry in dimensions}) == len(dimensions) > 100
    for identity in (*models, *(entry["id"] for entry in dimensions)):
        number = number_of(identity)
        assert number is not None
        assert number < 2**35


def test_ids_never_change() -> None:
    assert stable_id("openai", "gpt-4o-mini") == "gBCJVoR"
    assert stable_id("a", "bc") != stable_id("ab", "c")


def test_no_model_has_two_list_prices_of_one_usage() -> None:
    for model in list_models().values():
        keys = [usage_key(entry) for entry in list_dimensions(model.listed, DAY)]
        assert len(keys) == len(set(keys)), model


def test_prices_are_those_of_the_list_whatever_zeros_it_writes() -> None:
    for model in list_models().values():
        assert model.listed
        prices = prices_on(model.listed, DAY)
        assert tuple(token_prices(model.listed, DAY).values()) == (
            prices.input,
            prices.output,
            prices.cache_read,
            prices.cache_write,
            prices.cache_write_1h,
        )
    free = [
        prices[INPUT]
        for each in list_catalogue()
        if (prices := token_prices(each, DAY))[INPUT] == 0
    ]
    assert {str(price) for price in free} == {"0"}


def test_a_name_means_its_makers_model() -> None:
    for name, provider in (
        ("GPT-4o-mini", "OPENAI"),
        ("claude-3-haiku", "ANTHROPIC"),
        ("gemini-2.5-pro", "GOOGLE"),
    ):
        model = find_by_name(name, NOON)
        assert model
        assert model.provider == provider
    assert find_by_name("no-such-model", NOON) is None


def test_a_provider_is_known_by_every_label_that_rating_knows() -> None:
    model = find_by_name("grok-3", NOON)
    assert model
    assert all(is_provider(model, label) for label in ("XAI", "x-ai", "X_AI", "grok"))
    assert not is_provider(model, "openai")
