"""The stored state of a rule: its groups, and the effects that are still to be done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chalicelib.alerts.records import ALERT_STATE
from chalicelib.alerts.states import GroupState, Phase, Step
from chalicelib.alerts.vocabulary import FiringState
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc

States = Mapping[str, GroupState]


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be done about the alert of a group, since an instant (UTC epoch ms). Values are
    decimal texts. `window_start`: of the values, UTC epoch ms."""

    id: str
    step: Step
    alert: str
    group: str
    at: int
    lines: tuple[str, ...] = ()
    is_quiet: bool = False
    value: str | None = None
    previous: str | None = None
    expected: str | None = None
    window_start: int = 0
    author: str = ""

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "Effect":
        """The effect of a stored one."""
        return cls(**{**doc, "step": Step(doc["step"]), "lines": tuple(doc["lines"])})

    @property
    def doc(self) -> dict[str, Any]:
        """How it is stored."""
        return {**asdict(self), "lines": list(self.lines)}


@dataclass(frozen=True, slots=True)
class RuleState:
    """What is known of a rule. `is_closed`: it is not evaluated any more."""

    groups: States
    is_known: bool
    is_closed: bool
    effects: Sequence[Effect]

    @classmethod
    def of(cls, doc: Doc) -> "RuleState":
        """The state of a stored one; of an empty one nothing is known."""
        groups = {name: GroupState.of(each) for name, each in doc.get("groups", {}).items()}
        effects = [Effect.of(each) for each in doc.get("effects", ())]
        return cls(groups, doc.get("isKnown", False), doc.get("isClosed", False), effects)

    @property
    def is_firing(self) -> bool:
        """Whether an alert is open."""
        return any(each.phase is Phase.FIRING for each in self.groups.values())

    @property
    def firing_state(self) -> FiringState:
        """How it is told."""
        if self.is_firing:
            return FiringState.FIRING
        is_told = self.is_known or self.is_closed
        return FiringState.NOT_FIRING if is_told else FiringState.UNKNOWN


def read_state(world: World, team: Scope, rule_id: str) -> RuleState:
    """The state of a rule."""
    record = world.documents.get(team, ALERT_STATE, rule_id)
    return RuleState.of(record.doc if record else {})


def find_states(records: Mapping[str, Record], ids: Iterable[str]) -> dict[str, RuleState]:
    """The states of some rules, of those stored ones."""
    found: dict[str, RuleState] = {}
    for rule_id in ids:
        record = records.get(rule_id)
        found[rule_id] = RuleState.of(record.doc if record else {})
    return found
