"""What counts as another cost, and when a run begins nothing more."""

import pytest

from chalicelib.metering.cost_changes import differs
from chalicelib.metering.rows import usage_of

ROW = {"price_status": "FREE", "cost_nano": 5, "input_cost_nano": 3, "output_cost_nano": 2}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, False),
        ({"price_version": "v2"}, False),
        ({"price_status": "PRICED"}, True),
        ({"cost_nano": None}, True),
        ({"input_cost_nano": 2, "output_cost_nano": 3}, True),
    ],
)
def test_an_event_is_versioned_when_its_status_its_cost_or_a_leg_differs(
    columns: dict[str, object], expected: bool
) -> None:
    assert differs(ROW, {**ROW, **columns}) is expected


def test_a_call_with_an_error_code_failed_whatever_its_stop_reason() -> None:
    assert usage_of({"requested_at": 0, "error_code": 500}, {}).failed
    assert usage_of({"requested_at": 0, "stop_reason": "ERROR"}, {}).failed
    assert not usage_of({"requested_at": 0, "stop_reason": "END"}, {}).failed
