"""What the stack tells the functions: its outputs as their environment."""

from collections.abc import Mapping

from chalicelib.kit.settings import PREFIX

_SETTINGS = {
    "core_table": "CoreTable",
    "events_table": "EventsTable",
    "counters_table": "CountersTable",
    "lake_bucket": "LakeBucket",
    "vault_bucket": "VaultBucket",
    "results_bucket": "ResultsBucket",
    "database": "Database",
    "workgroup": "WorkGroup",
    "kms_key": "KeyAlias",
}
"""Setting → output of the template."""

STREAM = f"{PREFIX}EVENTS_STREAM"
"""The stream's ARN. Not a setting: app.py needs it while it is imported, to bind the stream's
function."""


def environment(stage: str, region: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """The environment of a stage's functions. Raises KeyError for an output that the stack does not
    have."""
    named = {PREFIX + setting.upper(): outputs[output] for setting, output in _SETTINGS.items()}
    return {
        f"{PREFIX}STAGE": stage,
        f"{PREFIX}REGION": region,
        **named,
        STREAM: outputs["EventsStreamArn"],
    }
