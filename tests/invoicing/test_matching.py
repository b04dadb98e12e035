"""Matching: whose usage it is, by what an event says, the first word deciding."""

import pytest

from chalicelib.catalog.records import Product
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.invoicing.accounts import Account
from chalicelib.invoicing.matching import Caller, Matcher
from chalicelib.ports.documents import Record

PRODUCTS = {
    name: Product.of(Record("PRODUCT", name, {"sourceIds": sources}))
    for name, sources in {"p1": ["src1"], "p2": ["src2"], "p3": []}.items()
}


def subscription(record_id: str, product: str = "p1", **doc: object) -> Account:
    changes = [{"at": 0, "productId": product, "anchor": 0}]
    stored = {"start": 0, "productId": product, "productChanges": changes, **doc}
    return Account.of(Subscription.of(Record("SUBSCRIPTION", record_id, stored)))


MATCHER = Matcher(
    [
        subscription(
            "s1", name="Gold", subscriptionId="ext-1", credentialIds=["c1"], subscriberId="anna"
        ),
        subscription("s2", "p2", name="Silver", subscriberId="anna", organizationId="acme"),
        subscription("s3", name="Gold", subscriberId="bob", organizationId="acme"),
        subscription("s4", "p3", credentialIds=["c1", "c4"]),
    ],
    PRODUCTS,
)


@pytest.mark.parametrize(
    ("caller", "found"),
    [
        (Caller(), []),
        (Caller(subscription="s1"), ["s1"]),
        (Caller(subscription=" EXT-1 "), ["s1"]),
        (Caller(subscription="gold"), ["s1", "s3"]),
        (Caller(subscription="s2", credential="c1", subscriber="bob"), ["s2"]),
        (Caller(subscription="unknown", credential="c4"), ["s4"]),
        (Caller(credential="c1", subscriber="bob", organization="acme"), ["s1", "s4"]),
        (Caller(credential="c9", subscriber="anna"), ["s1", "s2"]),
        (Caller(subscriber="anna", organization="acme"), ["s1", "s2"]),
        (Caller(subscriber="nobody", organization="acme"), []),
        (Caller(organization="acme"), ["s2", "s3"]),
        (Caller(organization="other"), []),
    ],
)
def test_the_first_word_that_names_a_subscription_decides(caller: Caller, found: list[str]) -> None:
    assert [each.id for each in MATCHER.of(caller)] == found
    assert [each.id for each in MATCHER.of(caller)] == found


@pytest.mark.parametrize(
    ("product", "caller", "taken"),
    [
        ("p1", Caller(), True),
        ("p1", Caller(product="p1"), True),
        ("p1", Caller(product="p2"), False),
        ("p1", Caller(source="src1"), True),
        ("p1", Caller(source="src2"), False),
        ("p3", Caller(source="src1"), False),
        ("p2", Caller(product="p2", source="src2"), True),
        ("gone", Caller(), True),
        ("gone", Caller(source="src1"), False),
    ],
)
def test_usage_counts_for_the_product_that_it_names_and_for_the_source_that_it_came_from(
    product: str, caller: Caller, taken: bool
) -> None:
    assert MATCHER.takes(product, caller) == taken


def test_merged_records_are_the_ones_that_they_were_merged_into() -> None:
    silver = subscription("s2", "p2", name="Silver", subscriberId="anna", organizationId="acme")
    heirs = {
        "organization": {"acme-inc": "acme"},
        "subscriber": {"ann": "anna"},
        "product": {"old": "p2"},
    }
    matcher = Matcher([silver], PRODUCTS, heirs)
    for caller in (Caller(subscriber="ann"), Caller(organization="acme-inc")):
        assert [account.id for account in matcher.of(caller)] == ["s2"]
        assert MATCHER.of(caller) == ()
    assert matcher.takes("p2", Caller(product="old"))
    assert not MATCHER.takes("p2", Caller(product="old"))
