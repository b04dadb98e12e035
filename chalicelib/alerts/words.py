"""Words: what people are told of an alert. Amounts and names, never a prompt or a key."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from chalicelib.alerts.records import AlertRule
from chalicelib.alerts.rule_states import Effect
from chalicelib.alerts.states import Step
from chalicelib.alerts.vocabulary import AlertAction, AlertRuleType
from chalicelib.kit.clock import iso
from chalicelib.reports.measures import plain

_STEPS = {
    Step.OPEN: "fires",
    Step.RAISE: "has passed a further line",
    Step.RESOLVE: "is over",
    Step.REMIND: "still fires",
}
_MOST_SHOWN = 20
_DIGITS = Decimal("1e-6")
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)


def subject_of(rule: AlertRule, effect: Effect) -> str:
    """One line."""
    whom = f" of {effect.group}" if effect.group else ""
    preview = "[preview] " if rule.action is AlertAction.BLOCK and rule.is_shadow else ""
    return " ".join(f"{preview}{rule.name}{whom} {_STEPS[effect.step]}".split())


def describe(rule: AlertRule, effect: Effect) -> str:
    """What happened, in a few lines."""
    lines = [f"{subject_of(rule, effect)}.", f"{rule.metric}: {_value_of(effect)}"]
    if effect.previous is not None:
        lines.append(f"before: {_short(effect.previous)}")
    if effect.expected is not None:
        lines.append(f"usual at this hour: {_short(effect.expected)}")
    lines.append(_condition(rule))
    if crossed := [line for line in effect.lines if line]:
        lines.append(f"passed: {', '.join(map(_short, crossed))}")
    if rule.action is AlertAction.BLOCK and effect.step is Step.OPEN:
        verb = "would be blocked" if rule.is_shadow else "are blocked"
        lines.append(f"calls {verb} until it is over")
    lines.append(f"at {iso(effect.at)}")
    return "\n".join(lines) + "\n"


def describe_many(rule: AlertRule, effects: Sequence[Effect]) -> str:
    """Many groups of one rule that fire at once."""
    lines = [f"{rule.name}: {len(effects)} alerts.", _condition(rule)]
    lines += [f"{each.group}: {_value_of(each)}" for each in effects[:_MOST_SHOWN]]
    if len(effects) > _MOST_SHOWN:
        lines.append(f"and {len(effects) - _MOST_SHOWN} more")
    return "\n".join(lines) + "\n"


def _condition(rule: AlertRule) -> str:
    if rule.type is AlertRuleType.ANOMALY:
        return f"sensitivity: {rule.sensitivity}"
    unit = " %" if rule.is_percentage else ""
    return f"{rule.operator} {_short(str(rule.threshold))}{unit}, {rule.period}"


def _value_of(effect: Effect) -> str:
    return "unknown" if effect.value is None else _short(effect.value)


def _short(text: str) -> str:
    """At most six decimals."""
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -6:
        value = value.quantize(_DIGITS, context=_EXACT)
    return str(plain(value))
