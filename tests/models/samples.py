"""Bodies and calls of the model operations."""

import json
from decimal import Decimal
from typing import Any

from tests.support.client import Answer, Client

BASE = "/profitstream/v2/api/sources/ai/models"
READ, WRITE, WRITE_1H = (
    "cacheReadCostPerInputToken",
    "cacheCreationCostPerInputToken",
    "cacheCreation1hrCostPerInputToken",
)


def send(client: Client, method: str, path: str, content: Any = None, **query: Any) -> Answer:
    data = b"" if content is None else json.dumps(content, default=float).encode()
    return client.send(method, BASE + path, data, query, {})


def exact(answer: Answer) -> Any:
    """The body with its numbers as they were written."""
    assert answer.status == 200, answer.body
    return json.loads(answer.body, parse_float=Decimal, parse_int=Decimal)


def model(**members: Any) -> dict[str, Any]:
    return {
        "name": "acme/my-model:v1",
        "provider": "ACME",
        "inputCostPerToken": 0.000001,
        "outputCostPerToken": 0.000002,
        **members,
    }


def created(client: Client, **members: Any) -> Any:
    return exact(send(client, "POST", "", model(**members)))


def image(**members: Any) -> dict[str, Any]:
    return {
        "billingUnit": "PER_IMAGE",
        "modality": "IMAGE",
        "costType": "IMAGE_GENERATION",
        "unitPrice": 0.04,
        **members,
    }


def listed(client: Client, name: str, provider: str) -> Any:
    """A model with list prices."""
    query = {"query": name, "exactMatch": "true", "provider": provider, "modelType": "GLOBAL"}
    rows = exact(send(client, "GET", "", **query))["_embedded"]["aIModelResourceList"]
    assert len(rows) == 1
    return rows[0]


def picture_of(client: Client) -> Any:
    """A listed model with a price a picture."""
    rows = exact(send(client, "GET", "", mode="image_generation", size=100))["_embedded"][
        "aIModelResourceList"
    ]
    return next(row for row in rows if row["pricingDimensions"])
