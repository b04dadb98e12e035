"""What the soak calls growth."""

from random import Random

import pytest

from tests.bench.soak import Sample, judge_growth


def samples(parent: float, child: float, files: float, peak: int = 0) -> list[Sample]:
    """Six minutes, with so much growth a minute, noise, and a minute in which the parent needs
    `peak` MiB more."""
    random, found = Random(7), []
    for at_s in range(0, 360, 5):
        minute = at_s / 60
        base = 200 + parent * minute + random.uniform(0, 30) + (peak if 240 <= at_s < 300 else 0)
        held = 300 + child * minute + random.uniform(0, 60)
        found.append(Sample(at_s, int(base), int(held), 1, int(250 + files * minute)))
    return found


@pytest.mark.parametrize("peak", [0, 300])
def test_peaks_and_noise_are_level(peak: int) -> None:
    assert judge_growth(samples(0, 0, 0, peak), 0).startswith("level")


@pytest.mark.parametrize("leak", [(12, 0, 0), (0, 12, 0), (0, 0, 12)])
@pytest.mark.parametrize("peak", [0, 300])
def test_a_leak_is_growth(leak: tuple[float, float, float], peak: int) -> None:
    assert judge_growth(samples(*leak, peak), 0).startswith("GROWS")


def test_a_short_soak_tells_nothing() -> None:
    assert judge_growth(samples(0, 0, 0)[:20], 0) == "too short to tell"
