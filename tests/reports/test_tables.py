"""Answers as CSV."""

import csv
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest

from chalicelib.reports.tables import table_of


def table(body: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(table_of(body).decode())))


def group(name: str, *values: str, **extras: str) -> dict[str, Any]:
    metrics = [
        {"id": "1", "label": "l", "metricType": "COST", "metricResult": Decimal(value)}
        for value in values
    ]
    return {"groupName": name, "metrics": [metric | extras for metric in metrics]}


def embedded(*items: Any) -> dict[str, Any]:
    return {"_embedded": {"items": list(items)}}


def test_a_series_has_a_row_a_bucket_group_and_metric() -> None:
    bucket = {
        "startTimestamp": "s",
        "endTimestamp": "e",
        "groups": [group("a", "1", "2"), group("b", "1E-9")],
    }
    assert table(embedded(bucket)) == [
        ["start", "end", "group", "metric", "value"],
        ["s", "e", "a", "COST", "1"],
        ["s", "e", "a", "COST", "2"],
        ["s", "e", "b", "COST", "0.000000001"],
    ]


def test_texts_beside_a_metric_are_columns_and_what_a_row_has_not_is_empty() -> None:
    assert table(embedded(group("a", "1", toolType="MCP"), group("b", "2"))) == [
        ["group", "metric", "value", "toolType"],
        ["a", "COST", "1", "MCP"],
        ["b", "COST", "2", ""],
    ]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@sum(a1)", "\tx", "\r=x"])
def test_a_name_is_never_a_formula(name: str) -> None:
    assert table(embedded(group(name, "-5")))[1] == ["'" + name, "COST", "-5"]


def test_names_with_quotes_commas_and_line_feeds_come_back() -> None:
    name = 'a "b", c\nd é'
    assert table(embedded(group(name, "1")))[1][0] == name


def test_charts_are_flattened() -> None:
    tools = [{"toolName": "x", "cost": Decimal(-1)}, {"toolName": "y", "cost": Decimal(-2)}]
    rows = [
        {"agentName": "a", "tokenCost": Decimal(3), "toolCosts": tools},
        {"agentName": "b", "toolCosts": []},
    ]
    assert table({"data": rows}) == [
        ["agentName", "tokenCost", "toolName", "cost"],
        ["a", "3", "x", "-1"],
        ["a", "3", "y", "-2"],
        ["b", "", "", ""],
    ]


def test_options_are_one_column_and_pairs_two() -> None:
    assert table(embedded("a", "b")) == [["value"], ["a"], ["b"]]
    assert table(embedded({"id": "1", "name": "n", "label": "n"})) == [["id", "name"], ["1", "n"]]


def test_nothing_is_a_header() -> None:
    assert table(embedded()) == [["value"]]
