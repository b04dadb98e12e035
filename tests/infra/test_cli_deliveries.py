"""meterlake deliveries, and what doctor says of them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.kit.clock import DAY
from chalicelib.kit.ids import new_id
from chalicelib.notices.service import Destinations, Notice, deliver_due, enqueue
from chalicelib.ports.outbound import Unreachable
from chalicelib.ports.world import World
from infra.installation import installation
from infra.local.world import build
from tests.infra.test_cli import meterlake
from tests.notices.outside import Outside


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def tell(world: World, key: str) -> None:
    there = installation(world)
    notice = Notice(key, "alert.opened", f"about {key}", "first\nsecond", {"n": 1})
    enqueue(world, there.tenant, there.team, notice, Destinations([f"{key}@x.io"]))


def test_messages_are_listed_shown_and_sent_again(data: Path) -> None:
    world = build(data)
    for key in ("ann", "ben"):
        tell(world, key)
    listed = meterlake("deliveries", "list", "--data", data)
    assert listed.exit_code == 0
    assert [line.split()[2] for line in listed.output.splitlines()] == ["PENDING"] * 2
    narrow = ["--destination", "email:ann@x.io", "--event", "alert.opened", "--since", "2026-01-01"]
    (line,) = meterlake("deliveries", "list", "--data", data, *narrow).output.splitlines()
    delivery = line.split()[0]
    for none in (["--status", "failed"], ["--until", "2026-01-01"], ["--event", "alert"]):
        assert meterlake("deliveries", "list", "--data", data, *none).output == ""
    again = meterlake("deliveries", "replay", "--data", data, delivery)
    assert "DELIVERED" in again.output
    (mail,) = [json.loads(path.read_text()) for path in data.glob("outbox/*.json")]
    assert (mail["to"], mail["text"]) == (["ann@x.io"], "first\nsecond\n")
    shown = meterlake("deliveries", "show", "--data", data, delivery).output
    assert "about ann" in shown
    assert "  second\n" in shown
    assert " ms" in shown.splitlines()[-1]
    nobody = meterlake("deliveries", "show", "--data", data, new_id())
    assert (nobody.exit_code, "Delivery" in nobody.output) == (1, True)


def test_doctor_tells_what_was_given_up(data: Path) -> None:
    world = build(data)
    tell(world, "ann")
    assert "given up" not in meterlake("doctor", "--data", data).output

    class Down(Outside):
        def mail(self, *_: object) -> None:
            raise Unreachable("down")

    later, began = Down().around(world), world.now() - 2 * DAY
    now = [began]
    later = replace(later, now=lambda: now[0])
    tell(later, "ben")
    for _ in range(40):
        deliver_due(later)
        now[0] += DAY // 20
    told = meterlake("doctor", "--data", data)
    assert "1 messages to email:ben@x.io were given up in 7 days" in told.output
    assert "email:ann@x.io" not in told.output
