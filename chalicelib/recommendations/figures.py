"""Figures: the numbers of findings, and how savings are made of them, each with the query that
gives it."""

import re
from decimal import Decimal
from typing import Any

from chalicelib.kit.money import to_usd
from chalicelib.kit.windows import Window
from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.claiming import Claim
from chalicelib.recommendations.findings import Figure, Finding, Input, Query, Saving
from chalicelib.recommendations.impact import MONTH_MS
from chalicelib.recommendations.queries import Parameters, query_rank, query_slice, query_workings

Json = dict[str, Any]
_WHOLE, _ELSEWHERE = "costUsd", "savedUsd"


def show_figures(window: Window, run: Parameters, finding: Finding, sums: Cell) -> list[Json]:
    """What the calls of a finding cost, where anybody knows it, how many they are, and what else it
    tells. `run` are the parameters that narrow the run."""
    figures = [*_list_own(window, run, finding, sums), *finding.figures]
    return [_show(each.name, each.value, each.unit, each.query) for each in figures]


def _list_own(window: Window, run: Parameters, finding: Finding, sums: Cell) -> list[Figure]:
    if finding.slice.is_empty:
        return []
    own = [("calls", Decimal(sums.calls), "calls")]
    if sums.known_cost is not None:
        own.insert(0, (_WHOLE, to_usd(sums.known_cost), "USD"))
    figures: list[Figure] = []
    for name, value, unit in own:
        figures.append(Figure(name, value, unit, query_slice(window, finding.slice, run, name)))
    if finding.elsewhere:
        asked = [*run, *finding.elsewhere.parameters]
        query = query_slice(window, finding.slice, asked, _ELSEWHERE)
        figures.append(Figure(_ELSEWHERE, to_usd(finding.worth()), "USD", query))
    return figures


def show_saving(
    window: Window, run: Parameters, claim: Claim, sums: Cell, excluded: Parameters
) -> Json | None:
    """See AdviceSaving; None where nothing is saved. `excluded` are the parameters that leave out
    the investigators which the run was without."""
    finding, worth = claim.finding, claim.finding.worth()
    if not worth:
        return None
    saving = saving_of(finding)
    own = {each.name: each for each in _list_own(window, run, finding, sums)}
    inputs: list[Json] = []
    named = re.findall(r"[A-Za-z]+", saving.formula)
    for name in (_WHOLE, _ELSEWHERE):
        if name in named and name in own:
            each = own[name]
            inputs.append(_show(name, each.value, each.unit, each.query))
    for told in saving.inputs:
        query = told.query or query_workings(window, finding.slice, run, finding.rule, told.name)
        inputs.append(_show(told.name, told.value, told.unit, query))
    rank = query_rank(window, finding.slice, [*run, *excluded], finding.rule)
    span = window.end - window.start + 1
    monthly = finding.saving.inputs[0].name if finding.monthly and finding.saving else ""
    return {
        "formula": saving.formula,
        "inputs": inputs,
        "worthUsd": to_usd(worth),
        "countedBeforeUsd": to_usd(worth - claim.amount),
        "countedBeforeQuery": None if finding.slice.is_empty else _show_query(rank),
        "claimedUsd": to_usd(claim.amount),
        "monthlyFormula": monthly or f"claimedUsd * {MONTH_MS} / {span}",
    }


def saving_of(finding: Finding) -> Saving:
    """How the savings of a finding are made: all that its calls cost, unless it says otherwise."""
    return finding.saving or Saving(_ELSEWHERE if finding.elsewhere else _WHOLE)


def list_workings(finding: Finding) -> dict[str, Decimal]:
    """The inputs of a finding by name, but for those that operations of their own tell."""
    told: tuple[Input, ...] = saving_of(finding).inputs
    return {each.name: each.value for each in told if each.query is None}


def _show(name: str, value: Decimal, unit: str, query: Query) -> Json:
    return {"name": name, "value": value, "unit": unit, "query": _show_query(query)}


def _show_query(query: Query) -> Json:
    parameters = [{"name": name, "value": value} for name, value in query.parameters]
    return {
        "method": query.method,
        "path": query.path,
        "parameters": parameters,
        "member": query.member,
    }
