"""A stage in .chalice/config.json, and its policies beside it. Chalice substitutes nothing, so it
is written out."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.deploy.policies import Policy

_FUNCTIONS: Mapping[str, Mapping[str, int]] = {
    # One vCPU comes with 1,769 MB. API Gateway gives up after 29 s.
    "api_handler": {"lambda_memory_size": 1_024, "lambda_timeout": 30},
    # 3,000 events a batch at 60,000 a second and core: the time-out is for S3 on a bad day.
    "write_lake": {"lambda_memory_size": 1_769, "lambda_timeout": 300},
    # Counting is waiting for the counters; a base is a query of Athena.
    "count_budgets": {"lambda_memory_size": 1_024, "lambda_timeout": 120},
    # A day in slices of memory; what is not finished in 15 minutes goes on at the next run.
    "compact": {"lambda_memory_size": 3_008, "lambda_timeout": 900},
    "rollup": {"lambda_memory_size": 3_008, "lambda_timeout": 900},
    "rerate": {"lambda_memory_size": 3_008, "lambda_timeout": 900},
    "bill": {"lambda_memory_size": 3_008, "lambda_timeout": 900},
    # Days of bills are small; what takes long is waiting for providers.
    "sync_bills": {"lambda_memory_size": 1_024, "lambda_timeout": 900},
    "sync_assistants": {"lambda_memory_size": 512, "lambda_timeout": 900},
    "watch_bills": {"lambda_memory_size": 512, "lambda_timeout": 300},
    "enforce": {"lambda_memory_size": 512, "lambda_timeout": 300},
    "deliver": {"lambda_memory_size": 256, "lambda_timeout": 120},
    "evaluate_alerts": {"lambda_memory_size": 512, "lambda_timeout": 300},
    # A run is a dozen queries of Athena, one after the other, and few of the results are large.
    "advise": {"lambda_memory_size": 1_024, "lambda_timeout": 900},
    "retain": {"lambda_memory_size": 3_008, "lambda_timeout": 900},
}
BATCH = (
    "write_lake",
    "compact",
    "rollup",
    "rerate",
    "bill",
    "sync_bills",
    "sync_assistants",
    "retain",
)
"""Functions that need pyarrow: from the layer, as it is too large for the package."""


def write_stage(
    folder: Path,
    stage: str,
    environment: Mapping[str, str],
    layers: Sequence[str],
    policies: Mapping[str, Policy],
) -> None:
    """Write the stage into `folder`/config.json, leaving other stages as they are, and its policy
    files.

    Raises KeyError when a function has no policy.
    """
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for function in _FUNCTIONS:
        _write(folder / policy_file(stage, function), policies[function])
    config["stages"][stage] = stage_of(stage, environment, layers)
    _write(path, config)


def stage_of(stage: str, environment: Mapping[str, str], layers: Sequence[str]) -> dict[str, Any]:
    """The stage's part of the configuration."""
    return {
        "api_gateway_stage": "api",
        "autogen_policy": False,
        "environment_variables": dict(environment),
        "lambda_functions": {name: _function(stage, name, layers) for name in _FUNCTIONS},
    }


def policy_file(stage: str, function: str) -> str:
    """Name of a policy file; Chalice looks for it in the folder of config.json."""
    return f"policy-{stage}-{function}.json"


def _function(stage: str, name: str, layers: Sequence[str]) -> dict[str, Any]:
    return {
        **_FUNCTIONS[name],
        "autogen_policy": False,
        "iam_policy_file": policy_file(stage, name),
        **({"layers": list(layers)} if name in BATCH else {}),
    }


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
