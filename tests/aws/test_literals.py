"""Binding by text: whatever a parameter holds, it stays one literal."""

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from chalicelib.aws.literals import bind_literals
from chalicelib.ports.engine import EngineRefused, Parameter, Statement

pytestmark = pytest.mark.any_sql
"""The engine itself is under test."""


def test_marks_are_replaced_in_order_and_only_marks() -> None:
    sql = "SELECT '?', 'it''s ?', \"a?\", /* ? */ ? -- ?\n, ? WHERE x = ?"
    expected = "SELECT '?', 'it''s ?', \"a?\", /* ? */ 1 -- ?\n, '?' WHERE x = 'it''s'"
    assert bind_literals(Statement(sql, (1, "?", "it's"))) == expected


@pytest.mark.parametrize(
    ("param", "literal"),
    [
        ("", "''"),
        (True, "true"),
        (False, "false"),
        (-7, "-7"),
        (-1.5, "-1.5e0"),
        (1e300, "1e+300"),
        (2.0, "2.0e0"),
    ],
)
def test_literals(param: Parameter, literal: str) -> None:
    assert bind_literals(Statement("?", (param,))) == literal


@given(
    st.lists(
        st.text()
        | st.sampled_from(["'", "''", "\\", "\\'", "--", "/*", '"', "?", "'; DROP TABLE x --"])
    )
)
def test_any_texts_stay_texts(texts: list[str]) -> None:
    marks = ", ".join(["?", *"?" * len(texts)])
    read = sqlglot.parse_one(
        bind_literals(Statement(f"SELECT x FROM t WHERE y IN ({marks})", (*texts, "end"))),
        read="trino",
    )
    assert [each.this for each in read.find_all(exp.Literal)] == [*texts, "end"]
    assert [type(each) for each in read.args["where"].this.expressions] == [exp.Literal] * (
        len(texts) + 1
    )


@pytest.mark.parametrize(
    "params", [(), ("a",), ("a", "b", "c"), ("a", float("nan")), ("a", float("inf"))]
)
def test_what_cannot_be_bound_is_refused(params: tuple[Parameter, ...]) -> None:
    with pytest.raises(EngineRefused):
        bind_literals(Statement("? ?", params))
