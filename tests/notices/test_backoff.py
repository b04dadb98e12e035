"""When what failed is tried again."""

from chalicelib.kit.clock import DAY, HOUR, MINUTE
from chalicelib.notices.backoff import MOST_TRIES, next_try


def test_pauses_grow_and_end_within_about_a_day() -> None:
    now, pauses = 0, []
    for tries in range(1, MOST_TRIES):
        following = next_try("d", tries, now)
        assert following is not None
        pauses.append(following - now)
        now = following
    assert next_try("d", MOST_TRIES, now) is None
    assert all(0.8 * MINUTE <= pauses[0] <= 1.2 * MINUTE for _ in pauses)
    assert pauses[:8] == sorted(pauses[:8])
    assert 0.8 * DAY < now < 1.2 * DAY


def test_what_failed_together_is_not_tried_together() -> None:
    times = {next_try(f"d{number}", 1, 0) for number in range(50)}
    assert len(times) > 40
    assert all(0.8 * MINUTE <= time <= 1.2 * MINUTE for time in times if time is not None)
    assert next_try("d1", 1, 0) == next_try("d1", 1, 0)


def test_a_receiver_may_ask_for_more_time_but_not_for_less() -> None:
    assert next_try("d", 1, 5, HOUR) == 5 + HOUR
    assert next_try("d", 5, 5, 1) == next_try("d", 5, 5)
