"""Which executions make one squad: the rules, in any order that the sightings come in."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ports.scope import Scope
from chalicelib.squads.grouping import GroupKey, Sighting, fold_name, group_sightings

TEAM = Scope("team")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def seen(minute: int, execution: str, name: str) -> Sighting:
    return Sighting(EPOCH + timedelta(minutes=minute), execution, name)


def test_a_name_leads_to_where_it_was_first_seen() -> None:
    groups = group_sightings(
        [
            seen(1, "s1", "Alpha"),
            seen(2, "s1", "Beta"),
            seen(3, "s2", "beta "),
            seen(4, "s3", "Gamma"),
            seen(5, "s3", "Alpha"),
            seen(6, "s4", ""),
            seen(7, "s4", "Delta"),
        ]
    )
    assert {name: groups.by_name[name].name for name in ("Alpha", "Beta", "beta ", "Gamma")} == {
        "Alpha": "alpha",
        "Beta": "alpha",
        "beta ": "alpha",
        "Gamma": "gamma",
    }
    assert groups.by_name["Delta"] == GroupKey(execution="s4")
    assert groups.spellings[GroupKey("alpha")] == "Alpha"
    identity = GroupKey("alpha").id(TEAM)
    assert groups.find(TEAM, identity) == GroupKey("alpha")
    assert groups.find(Scope("other"), identity) is None
    assert groups.key("", "s9") == GroupKey(execution="s9")


SIGHTINGS = st.lists(
    st.builds(
        seen,
        st.integers(0, 9),
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from(["", "Alpha", "alpha", " BETA", "Beta", "Γ", "İ"]),
    ),
    max_size=12,
)


@given(SIGHTINGS, st.randoms())
def test_the_order_in_which_they_are_told_makes_no_difference(
    sightings: list[Sighting], random: Random
) -> None:
    groups = group_sightings(sightings)
    shuffled = list(sightings)
    random.shuffle(shuffled)
    assert group_sightings(shuffled) == groups
    for each in sightings:
        if fold_name(each.name):
            key = groups.by_name[each.name]
            alike = [one for one in sightings if fold_name(one.name) == fold_name(each.name)]
            assert {groups.by_name[one.name] for one in alike} == {key}
            # Later sightings change nothing about what was there before.
            earlier = [one for one in sightings if one.at <= each.at]
            assert group_sightings(earlier).by_name[each.name] == key


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=8, unique=True))
def test_ids_tell_groups_apart(parts: list[tuple[str, str]]) -> None:
    keys = {GroupKey(name, execution) for name, execution in parts}
    assert len({key.id(TEAM) for key in keys}) == len(keys)
