"""Keeping: the stored state of a rule, and what is still to be done after it was changed.

A look at a rule is one write: the states of its groups, and the effects that follow from it. These
(alerts, notices) are done afterwards and then crossed off; whoever looks next does what a crash has
left. Each of them can be done twice and is then as if done once.
"""

from collections.abc import Callable, Iterable

from chalicelib.alerts.readings import Reading, Value
from chalicelib.alerts.records import ALERT_STATE, AlertRule
from chalicelib.alerts.rule_states import Effect, RuleState, States
from chalicelib.alerts.states import GroupState, Move, Seen, advance, close
from chalicelib.kit.ids import derive_id
from chalicelib.kit.logs import logger
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend

MOST_GROUPS = 300
"""Groups of a rule whose state is kept, those with most first: no document may grow without an
end."""


def note_reading(world: World, team: Scope, rule: AlertRule, reading: Reading, now: int) -> bool:
    """Move the states of a rule by what was read at an instant (UTC epoch ms); whether there is
    something to do now. Nothing moves when somebody has looked later, or when the rule is not
    evaluated any more."""
    left = 0

    def change(doc: Doc) -> Doc | None:
        nonlocal left
        state = RuleState.of(doc)
        left = len(state.effects)
        if state.is_closed or doc.get("lookedAt", 0) > now:
            return None
        if not reading.is_known:
            return {**doc, "isKnown": False, "lookedAt": now} if state.is_known else None
        groups, effects = _advance_all(team, rule, state.groups, reading, now)
        if state.is_known and not effects and groups == state.groups:
            return None
        kept = [*state.effects, *effects]
        left = len(kept)
        return {
            "groups": {name: each.doc for name, each in groups.items()},
            "effects": [each.doc for each in kept],
            "isKnown": True,
            "lookedAt": now,
        }

    amend(world.documents, team, ALERT_STATE, rule.id, change)
    return left > 0


def note_failure(world: World, team: Scope, rule_id: str) -> None:
    """Nobody could read a rule: what it was is not known to hold."""

    def change(doc: Doc) -> Doc | None:
        return {**doc, "isKnown": False} if doc.get("isKnown") else None

    amend(world.documents, team, ALERT_STATE, rule_id, change)


def _advance_all(
    team: Scope, rule: AlertRule, states: States, reading: Reading, now: int
) -> tuple[dict[str, GroupState], list[Effect]]:
    groups: dict[str, GroupState] = {}
    effects: list[Effect] = []
    for name in _rank(rule, states, reading):
        value = reading.values.get(name, Value(None))
        fresh = derive_id("alert", team, rule.id, name, str(now))
        seen = Seen(value.lines, reading.key, now, rule.persists_ms, fresh)
        state, moves = advance(states.get(name), seen)
        if state is not None:
            groups[name] = state
        effects += [effect_of(move, name, now, (value, reading)) for move in moves]
    return groups, effects


def _rank(rule: AlertRule, states: States, reading: Reading) -> list[str]:
    """The groups to look at: those that have a state, then those that are over a line, the largest
    first. What is left out is logged."""
    over = [name for name, each in reading.values.items() if each.lines and name not in states]
    room = max(0, MOST_GROUPS - len(states))
    if len(over) > room:
        extra = {"rule": rule.id, "groups": len(over) - room}
        logger().warning("a rule has more groups over its line than are kept", extra=extra)
        over.sort(key=lambda name: (-(reading.values[name].value or 0), name))
    return [*states, *over[:room]]


def effect_of(
    move: Move, group: str, at: int, read: tuple[Value, Reading] | None = None, author: str = ""
) -> Effect:
    """The effect of a move, with the value that led to it; by hand it has an author."""
    value, reading = read if read else (Value(None), None)
    return Effect(
        id=f"{move.step}|{move.alert}|{at}",
        step=move.step,
        alert=move.alert,
        group=group,
        at=at,
        lines=move.lines,
        is_quiet=move.is_quiet,
        value=_text(value.value),
        previous=_text(value.previous),
        expected=_text(value.expected),
        window_start=reading.window.start if reading else 0,
        author=author,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


Moved = tuple[dict[str, GroupState], Iterable[Effect]]


def move_by_hand(
    world: World, team: Scope, rule_id: str, change_states: Callable[[States], Moved]
) -> None:
    """Change the states of a rule as a person says."""

    def change(doc: Doc) -> Doc | None:
        state = RuleState.of(doc)
        groups, effects = change_states(state.groups)
        kept = [*state.effects, *effects]
        return {
            **doc,
            "groups": {name: each.doc for name, each in groups.items()},
            "effects": [each.doc for each in kept],
        }

    amend(world.documents, team, ALERT_STATE, rule_id, change)


def close_rule(world: World, team: Scope, rule_id: str, now: int) -> None:
    """Evaluate a rule no more, and end what is open (UTC epoch ms)."""

    def change(doc: Doc) -> Doc | None:
        state = RuleState.of(doc)
        ends = [effect_of(move, group, now) for group, move in close(state.groups)]
        kept = [*state.effects, *ends]
        return {"isClosed": True, "groups": {}, "effects": [each.doc for each in kept]}

    amend(world.documents, team, ALERT_STATE, rule_id, change)


def open_rule(world: World, team: Scope, rule_id: str) -> None:
    """Evaluate a rule again that was closed."""

    def change(doc: Doc) -> Doc | None:
        return {**doc, "isClosed": False, "isKnown": False} if doc.get("isClosed") else None

    amend(world.documents, team, ALERT_STATE, rule_id, change)


def cross_off(world: World, team: Scope, rule_id: str, done: Iterable[Effect]) -> None:
    """Forget effects that are done."""
    ids = {each.id for each in done}

    def change(doc: Doc) -> Doc | None:
        left = [each for each in doc.get("effects", ()) if each["id"] not in ids]
        return None if len(left) == len(doc.get("effects", ())) else {**doc, "effects": left}

    if ids:
        amend(world.documents, team, ALERT_STATE, rule_id, change)
