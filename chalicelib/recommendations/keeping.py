"""Keeping what a run has found: in a record of its own, no larger than a store takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kit.jsontext import dumps
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Record
from chalicelib.recommendations.analysis import Analysis
from chalicelib.recommendations.cells import MOST
from chalicelib.recommendations.investigators.registry import INVESTIGATORS
from chalicelib.recommendations.presenting import (
    RunFrame,
    present_advice,
    present_findings,
    summarize,
)
from chalicelib.recommendations.records import DETAIL

Json = dict[str, Any]
_MOST_BYTES = 160_000
"""Of findings, and of advice; an item of DynamoDB holds 400 KiB."""


def detail_of(frame: RunFrame, result: Analysis, now: int) -> Record:
    """The record of all that was found, as JSON texts. What does not fit is left out from the end:
    it is worth least."""
    findings = _fit(present_findings(frame, result))
    told = {each["id"] for each in findings}
    advice = _fit(
        [each for each in present_advice(frame, result) if told.issuperset(each["citations"])]
    )
    doc = {
        "findings": dumps(findings).decode(),
        "advice": dumps(advice).decode(),
        "summary": dumps(summarize(advice)).decode(),
        "metadata": dumps(_metadata(result)).decode(),
        "counts": [len(findings), len(advice)],
    }
    return Record(DETAIL, frame.run, doc, name=frame.run, created_at=now, updated_at=now)


def numbers_of(result: Analysis, detail: Record) -> Mapping[str, Any]:
    """The counts of a run, which its lists show."""
    considered, advice = detail.doc["counts"]
    return {
        "findings": len(result.claims),
        "considered": considered,
        "recommendations": advice,
    }


def _fit(rows: Sequence[Json]) -> Sequence[Json]:
    size = 0
    for number, row in enumerate(rows):
        size += len(dumps(row)) + 1
        if size > _MOST_BYTES:
            return rows[:number]
    return rows


def _metadata(result: Analysis) -> Json:
    return {
        "investigators": [{"id": each.id, "version": each.version} for each in INVESTIGATORS],
        "callsAnalyzed": result.calls,
        "cells": result.cells,
        "cellsCapped": result.cells >= MOST,
        "bytesScanned": result.scanned,
        "claimedUsd": to_usd(sum(each.claim.amount for each in result.advice)),
        "spendUsd": to_usd(result.spend),
    }
