"""The stage `dev`: for `chalice local` and to try packaging without AWS. Checked in; `python -m`
writes it anew."""

from pathlib import Path

from chalicelib.kit.settings import PREFIX
from infra.deploy.chalice import write_stage
from infra.deploy.outputs import environment
from infra.deploy.policies import Place, policies

STAGE, REGION, ACCOUNT = "dev", "us-east-1", "000000000000"
_TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/meterlake-{STAGE}"
OUTPUTS = {
    "CoreTable": f"meterlake-{STAGE}-core",
    "CoreTableArn": f"{_TABLE}-core",
    "EventsTable": f"meterlake-{STAGE}-events",
    "EventsTableArn": f"{_TABLE}-events",
    "EventsStreamArn": f"{_TABLE}-events/stream/2026-01-01T00:00:00.000",
    "CountersTable": f"meterlake-{STAGE}-counters",
    "CountersTableArn": f"{_TABLE}-counters",
    "LakeBucket": f"meterlake-{STAGE}-lake",
    "VaultBucket": f"meterlake-{STAGE}-vault",
    "ResultsBucket": f"meterlake-{STAGE}-results",
    "Database": f"meterlake_{STAGE}",
    "WorkGroup": f"meterlake-{STAGE}",
    "KeyAlias": f"alias/meterlake-{STAGE}",
    "KeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000",
}
_LOCAL = {f"{PREFIX}ROUTES": "expanded", f"{PREFIX}WORLD": "infra.local.world:here"}
"""`chalice local` matches no greedy routes, and works on the folder that METERLAKE_DATA names."""
LAYER = f"arn:aws:lambda:{REGION}:336392948345:layer:AWSSDKPandas-Python312:1"


def write(folder: Path) -> None:
    """Write the stage into a .chalice folder."""
    variables = environment(STAGE, REGION, OUTPUTS) | _LOCAL
    write_stage(folder, STAGE, variables, [LAYER], policies(Place(STAGE, REGION, ACCOUNT, OUTPUTS)))


if __name__ == "__main__":
    write(Path(__file__).parents[2] / ".chalice")
