"""Dearer models where a cheaper one does the same task as well.

Rule: for one task type, two models of one vendor were used, each for `least_calls` and more; the
cheaper one, by list price on the tokens of the dearer, did not fail more often by `success_margin`
and more. For that, the lower limit of Wilson's 95 % interval of its successes must not be below the
share of the dearer one less the margin. Whether the answers were as good, failures do not tell,
which is why the rule is not very sure of itself.

Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA
22 (1927); R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
Medicine 17 (1998), method 3.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from chalicelib.recommendations.cells import Cell, groups_of
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    count_calls,
    entities_of,
    shorten,
    show_share,
    show_usd,
    sum_costs,
)
from chalicelib.recommendations.proportions import wilson
from chalicelib.recommendations.quoting import Elsewhere, save_elsewhere
from chalicelib.recommendations.slices import FacetValue, Slice
from chalicelib.recommendations.surveys import Survey

_LEAST_SHARE = Decimal("0.2")
"""A model that is cheaper by less than this is about as dear."""
_SOURCE = ("Wilson 1927", "https://doi.org/10.1080/01621459.1927.10502953")


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each task type and model that a cheaper one does as well."""
    tasks = groups_of(_with_task(survey), ("provider", "taskType"))
    for (provider, task), cells in tasks.items():
        models: Mapping[tuple[FacetValue, ...], Sequence[Cell]] = groups_of(cells, ("model",))
        known = {
            str(name): some
            for (name,), some in models.items()
            if count_calls(some) >= survey.thresholds.least_calls
        }
        for model, own in known.items():
            best = _find_best(survey, model, known)
            if best is not None:
                chosen = Slice(
                    {"provider": provider, "taskType": task, "model": model, "failed": 0}
                )
                yield _build(chosen, own, best)


def _with_task(survey: Survey) -> Sequence[Cell]:
    """Completions that name a task, also those that failed and cost nothing."""
    return [
        cell
        for cell in survey.cells()
        if cell.text("taskType") and cell.text("kind") == "COMPLETION"
    ]


def _find_best(
    survey: Survey, model: str, known: Mapping[str, Sequence[Cell]]
) -> tuple[str, dict[Cell, int], float] | None:
    """The model that would have saved most on the calls of another, what it saves, and how often it
    succeeds."""
    own = [cell for cell in known[model] if not cell.flag("failed")]
    cost = sum_costs(own)
    best: tuple[str, dict[Cell, int], float] | None = None
    most = int(_LEAST_SHARE * cost)
    for name, cells in known.items():
        if name == model or not _succeeds_as_often(survey, cells, known[model]):
            continue
        elsewhere, at = Elsewhere(name), survey.window.end
        savings = {cell: save_elsewhere(survey.prices, cell, at, elsewhere) for cell in own}
        if sum(savings.values()) > most:
            most = sum(savings.values())
            best = name, savings, _share(cells)
    return best


def _share(cells: Sequence[Cell]) -> float:
    successes = count_calls(cell for cell in cells if not cell.flag("failed"))
    return successes / count_calls(cells)


def _succeeds_as_often(survey: Survey, cells: Sequence[Cell], others: Sequence[Cell]) -> bool:
    calls = count_calls(cells)
    least, _ = wilson(round(_share(cells) * calls), calls)
    return least >= _share(others) - survey.thresholds.success_margin


def _build(chosen: Slice, own: Sequence[Cell], best: tuple[str, dict[Cell, int], float]) -> Finding:
    name, savings, share = best
    task, model = chosen.values["taskType"], chosen.values["model"]
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.WASTE,
        slice=chosen,
        entities=entities_of(chosen),
        advice=Advice(
            title=f"{shorten(task)}: {shorten(name)} does what {shorten(model)} does",
            why=(
                f"For the task {shorten(task)} both models are used. {name} succeeds in"
                f" {show_share(share)} of its calls, {model} in {show_share(_share(own))}. On"
                f" {name} the calls of {model} would have cost"
                f" {show_usd(sum(savings.values()))} less."
            ),
            action=f"Use {shorten(name)} for the task {shorten(task)}.",
            steps=(
                "Compare the answers of both on a sample: failures do not tell how good they are.",
                f"Send the task to {shorten(name)} first, and to the dearer model only when its"
                " answer does not pass your checks.",
            ),
            role=Role.AI,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.6"),
        savings=savings,
        elsewhere=Elsewhere(name),
        numbers={"cheaperModel": name},
    )


INVESTIGATOR = Investigator("dearer_model", "Dearer models than the task needs", look)
