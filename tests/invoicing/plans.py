"""Terms that tests sell by, and the months that they happen in."""

from typing import Any

from chalicelib.kit.clock import parse_instant
from tests.invoicing.conftest import Shop

START = parse_instant("2026-06-01T00:00:00Z")
NEXT = parse_instant("2026-07-01T00:00:00Z")
THIRD = parse_instant("2026-08-01T00:00:00Z")
TIERS = [
    {"name": "first", "unitAmount": "0.10", "upTo": "100"},
    {"name": "rest", "unitAmount": "0.05", "flatAmount": "1"},
]


def rated(shop: Shop, *aggregations: str, **members: Any) -> dict[str, Any]:
    """Plan members that rate kilometres by aggregations."""
    element = shop.element("km")
    return {
        "ratingAggregations": [
            {
                "name": f"km {each}",
                "aggregationType": each,
                "elementDefinitionId": element,
                "graduated": True,
                "tiers": TIERS,
                **members,
            }
            for each in aggregations
        ]
    }


def everything(shop: Shop) -> dict[str, Any]:
    """A plan that asks for all that can be asked for."""
    ratings = rated(shop, "SUM", "MAXIMUM", "AVERAGE", "COUNT", "UNIQUE", "LAST_RECEIVED")[
        "ratingAggregations"
    ]
    volume = {**ratings[0], "name": "km volume", "graduated": False}
    ones = {**ratings[0], "name": "km of one", "aggregationType": "COUNT", "distinctValue": "1"}
    return {
        "charge": "30",
        "setupFees": [{"name": "Set-up", "type": "SUBSCRIPTION", "flatAmount": "5"}],
        "tiers": [
            {"name": "free", "unitAmount": "0", "upTo": "2"},
            {"name": "paid", "unitAmount": "0.01"},
        ],
        "graduated": True,
        "ratingAggregations": [*ratings, volume, ones],
    }
