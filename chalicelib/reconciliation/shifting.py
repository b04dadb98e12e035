"""Shifting: calls that one side counts on one day and the other on the day beside it, because their
days begin at different times.

As much as one day has too little and its neighbour too much, of the same model, is a shift and no
loss. It is +x on one day and -x on the other, and 0 in all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.reconciliation.cells import CellKey
from chalicelib.reconciliation.parts import PartKind, Split

_TOO_LITTLE, _TOO_MUCH = PartKind.UNMETERED, PartKind.NOT_BILLED
_MOVED = (_TOO_LITTLE, _TOO_MUCH, PartKind.DAY_SHIFT)


def shift_days(splits: Mapping[CellKey, Split]) -> dict[CellKey, Split]:
    """The same splits, with what neighbouring days have of one another as a part of its own."""
    parts = {key: dict(split.parts) for key, split in splits.items()}
    for key in sorted(splits):
        for other in _neighbours(key):
            if other in parts:
                _move(parts[key], parts[other])
    return {key: replace(split, parts=_drop_zeros(parts[key])) for key, split in splits.items()}


def _neighbours(key: CellKey) -> Sequence[CellKey]:
    start = day_start(key.day)
    return [key._replace(day=day_of(at)) for at in (start + DAY, start - DAY)]


def _move(missing: dict[PartKind, int], surplus: dict[PartKind, int]) -> None:
    """Move what one day lacks and the other has too much of."""
    moved = min(missing.get(_TOO_LITTLE, 0), -surplus.get(_TOO_MUCH, 0))
    if moved <= 0:
        return
    missing[_TOO_LITTLE] -= moved
    surplus[_TOO_MUCH] += moved
    _add(missing, moved)
    _add(surplus, -moved)


def take_twice(plain: Split, shifted: Split, doubled: Split) -> Split:
    """A split whose days are shifted, with its duplicates as a part of their own. `plain` and
    `doubled` are the same before the shift, the latter with its duplicates: what was shifted is
    moved in it too. Where it has less than that left, duplicates are as much as the shift leaves
    that is not billed."""
    moved = {kind: shifted.parts.get(kind, 0) - plain.parts.get(kind, 0) for kind in _MOVED}
    parts = dict(doubled.parts)
    for kind, nano in moved.items():
        parts[kind] = parts.get(kind, 0) + nano
    if all(parts[kind] * moved[kind] <= 0 for kind in (_TOO_LITTLE, _TOO_MUCH)):
        return replace(shifted, parts=_drop_zeros(parts))
    parts = dict(shifted.parts)
    twice = max(doubled.parts.get(PartKind.DUPLICATES, 0), parts.get(_TOO_MUCH, 0))
    if twice < 0:
        parts[PartKind.DUPLICATES] = twice
        parts[_TOO_MUCH] -= twice
    return replace(shifted, parts=_drop_zeros(parts))


def _add(parts: dict[PartKind, int], nano: int) -> None:
    parts[PartKind.DAY_SHIFT] = parts.get(PartKind.DAY_SHIFT, 0) + nano


def sum_splits(splits: Iterable[Split]) -> Split:
    """Several splits as one."""
    metered = billed = 0
    parts: dict[PartKind, int] = {}
    for split in splits:
        metered += split.metered
        billed += split.billed
        for kind, nano in split.parts.items():
            parts[kind] = parts.get(kind, 0) + nano
    return Split(metered, billed, _drop_zeros(parts))


def _drop_zeros(parts: Mapping[PartKind, int]) -> dict[PartKind, int]:
    return {kind: nano for kind, nano in parts.items() if nano}
