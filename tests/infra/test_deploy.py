"""`meterlake deploy`, against an AWS that is played by the test."""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, WaiterError

from chalicelib.kit.settings import Settings
from chalicelib.lake.tables import TABLES
from infra.deploy import sample
from infra.deploy.errors import DeployFailed
from infra.deploy.layers import last_true, managed_layer
from infra.deploy.policies import Place, policies
from infra.deploy.stack import deploy_stack
from infra.deploy.steps import Order, Tools, _run, deploy, plan

ROOT = Path(__file__).parents[2]
FUNCTIONS = {
    *("api_handler", "write_lake", "count_budgets", "compact", "rollup", "rerate", "bill"),
    *("sync_bills", "sync_assistants", "watch_bills"),
    *("enforce", "evaluate_alerts", "advise", "deliver", "retain"),
}


def refused(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


class Aws:
    """CloudFormation, Lambda and STS in one, as far as the steps use them."""

    def __init__(self) -> None:
        self.stack: dict[str, Any] | None = None
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.identity: dict[str, str] | Exception = {"Account": "123456789012"}
        self.update: Exception | None = None
        self.fails = False
        self.windows: dict[str, int] = {"fresh": 0, "kept": 900}

    def list_event_source_mappings(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "meterlake-acme-prod-count_budgets"
        return {
            "EventSourceMappings": [
                {"UUID": name, "TumblingWindowInSeconds": window}
                for name, window in self.windows.items()
            ]
        }

    def update_event_source_mapping(
        self,
        UUID: str,  # noqa: N803
        TumblingWindowInSeconds: int,  # noqa: N803
    ) -> None:
        self.calls.append(("window", {"UUID": UUID}))
        self.windows[UUID] = TumblingWindowInSeconds

    def client(self, name: str) -> "Aws":
        return self

    def get_caller_identity(self) -> dict[str, str]:
        if isinstance(self.identity, Exception):
            raise self.identity
        return self.identity

    def describe_stacks(self, **request: Any) -> dict[str, Any]:
        if self.stack is None:
            raise refused("ValidationError", f"Stack with id {request['StackName']} does not exist")
        return {"Stacks": [self.stack]}

    def create_stack(self, **request: Any) -> None:
        self.calls.append(("create", request))
        outputs = [
            {"OutputKey": key, "OutputValue": value} for key, value in sample.OUTPUTS.items()
        ]
        keys = [
            {"ParameterKey": key, "ParameterValue": "x"}
            for key in ("Stage", "AlarmEmail", "NoncurrentDays")
        ]
        self.stack = {"Outputs": outputs, "Parameters": keys}

    def update_stack(self, **request: Any) -> None:
        self.calls.append(("update", request))
        if self.update is not None:
            raise self.update

    def get_waiter(self, name: str) -> "Aws":
        return self

    def wait(self, **request: Any) -> None:
        self.calls.append(("wait", request))
        if self.fails:
            raise WaiterError("w", "failed", {})

    def describe_stack_events(self, **request: Any) -> dict[str, Any]:
        def event(name: str, status: str, reason: str) -> dict[str, str]:
            return {
                "LogicalResourceId": name,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }

        newest_first = [
            event("B", "CREATE_FAILED", "cancelled"),
            event("A", "CREATE_FAILED", "limit reached"),
        ]
        return {"StackEvents": [*newest_first, event("C", "CREATE_COMPLETE", "")]}

    def get_layer_version_by_arn(self, Arn: str) -> None:  # noqa: N803 - boto3's name
        if int(Arn.rpartition(":")[2]) > 26:
            raise refused("AccessDeniedException")


class Terminal:
    """What the person sees, and what is run for them."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.ran: list[Sequence[str]] = []
        self.started: list[Settings] = []
        self.code = 0

    def run(self, command: Sequence[str], folder: Path) -> int:
        self.ran.append(command)
        return self.code


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def order(tmp_path: Path) -> Order:
    shutil.copytree(
        ROOT / ".chalice", tmp_path / ".chalice", ignore=shutil.ignore_patterns("deploy*")
    )
    return Order("acme-prod", "eu-central-1", tmp_path, mail_from="meter@acme.example")


def go(order: Order, aws: Aws, terminal: Terminal) -> None:
    deploy(order, Tools(aws.client, terminal.run, terminal.said.append, terminal.started.append))


def test_a_first_deployment(order: Order, aws: Aws, terminal: Terminal) -> None:
    go(order, aws, terminal)
    assert [name for name, _ in aws.calls] == ["create", "wait", "window"]
    assert aws.windows == {"fresh": 900, "kept": 900}
    assert aws.calls[0][1]["Parameters"] == [
        {"ParameterKey": "Stage", "ParameterValue": "acme-prod"}
    ]
    assert list(terminal.ran[0][-3:]) == ["deploy", "--stage", "acme-prod"]
    config = json.loads((order.project / ".chalice" / "config.json").read_text())
    assert set(config["stages"]) == {"dev", "acme-prod"}
    stage = config["stages"]["acme-prod"]
    assert (
        stage["environment_variables"]["METERLAKE_EVENTS_STREAM"]
        == sample.OUTPUTS["EventsStreamArn"]
    )
    assert set(stage["lambda_functions"]) == FUNCTIONS
    assert "layers" not in stage["lambda_functions"]["api_handler"]
    assert stage["lambda_functions"]["compact"]["layers"][0].endswith(":26")
    for function in stage["lambda_functions"].values():
        assert (order.project / ".chalice" / function["iam_policy_file"]).is_file()
    assert [(each.stage, each.mail_from) for each in terminal.started] == [
        ("acme-prod", "meter@acme.example")
    ]


def test_a_second_deployment_changes_nothing_that_is_as_it_should_be(
    order: Order, aws: Aws, terminal: Terminal
) -> None:
    go(order, aws, terminal)
    written = (order.project / ".chalice" / "config.json").read_text()
    aws.update = refused("ValidationError", "No updates are to be performed.")
    aws.calls.clear()
    go(order, aws, terminal)
    assert [name for name, _ in aws.calls] == ["update"]
    kept = [
        each["ParameterKey"]
        for each in aws.calls[0][1]["Parameters"]
        if each.get("UsePreviousValue")
    ]
    assert kept == ["AlarmEmail", "NoncurrentDays"]
    assert (order.project / ".chalice" / "config.json").read_text() == written


def test_an_update_is_waited_for(order: Order, aws: Aws) -> None:
    aws.create_stack()
    deploy_stack(aws, "s", {"AlarmEmail": "a@b.example"})
    assert [name for name, _ in aws.calls] == ["create", "update", "wait"]
    assert {"ParameterKey": "AlarmEmail", "ParameterValue": "a@b.example"} in aws.calls[1][1][
        "Parameters"
    ]


def test_a_failed_stack_tells_what_failed_first(order: Order, aws: Aws, terminal: Terminal) -> None:
    aws.fails = True
    with pytest.raises(DeployFailed, match="A: limit reached"):
        go(order, aws, terminal)
    assert terminal.ran == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoCredentialsError(), "there are no AWS credentials"),
        (refused("ExpiredToken"), "sign in again"),
        (refused("AccessDenied", "not you"), "not you"),
    ],
)
def test_missing_credentials_are_named(
    order: Order, aws: Aws, terminal: Terminal, error: Exception, words: str
) -> None:
    aws.identity = error
    with pytest.raises(DeployFailed, match=words):
        go(order, aws, terminal)
    assert aws.calls == []


def test_nothing_is_bootstrapped_when_chalice_fails(
    order: Order, aws: Aws, terminal: Terminal
) -> None:
    terminal.code = 1
    with pytest.raises(DeployFailed, match="chalice deploy"):
        go(order, aws, terminal)
    assert terminal.started == []


def test_packing_that_does_not_end_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(DeployFailed, match=r"did not end within 0\.1 s"):
        _run(command, tmp_path, 0.1)


def test_the_plan_needs_no_aws(order: Order) -> None:
    words = "\n".join(plan(order))
    assert "meterlake-acme-prod" in words
    assert "deploy --stage acme-prod" in words


@pytest.mark.parametrize("newest", [0, 1, 2, 3, 26, 64, 100])
def test_the_newest_version_is_found(newest: int) -> None:
    assert last_true(lambda version: version <= newest) == newest


def test_a_region_without_the_layer(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aws,
        "get_layer_version_by_arn",
        lambda **request: (_ for _ in ()).throw(refused("AccessDeniedException")),
    )
    with pytest.raises(DeployFailed, match="--layer"):
        managed_layer(aws, "eu-central-1", (3, 12))


def test_policies_name_only_what_is_the_stages_own() -> None:
    made = policies(
        Place(sample.STAGE, sample.REGION, sample.ACCOUNT, sample.OUTPUTS, "a@b.example")
    )
    assert set(made) == FUNCTIONS
    for statement in (each for policy in made.values() for each in policy["Statement"]):
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in statement["Action"])
        if statement["Action"] == ["dynamodb:ListStreams"]:  # see the next test
            continue
        for resource in statement["Resource"]:
            own = (
                sample.ACCOUNT in resource or f"arn:aws:s3:::meterlake-{sample.STAGE}-" in resource
            )
            assert own, resource
            assert resource.count("*") <= 1
            assert resource.endswith("*") or "*" not in resource


def test_who_reads_the_stream_and_who_asks_the_lake() -> None:
    made = policies(Place(sample.STAGE, sample.REGION, sample.ACCOUNT, sample.OUTPUTS))
    may = {
        name: {action for statement in policy["Statement"] for action in statement["Action"]}
        for name, policy in made.items()
    }
    assert [name for name in may if "dynamodb:GetRecords" in may[name]] == [
        "write_lake",
        "count_budgets",
    ]
    anywhere = [
        (name, statement["Action"])
        for name, policy in made.items()
        for statement in policy["Statement"]
        if statement["Resource"] == ["*"]
    ]
    assert anywhere == [
        (name, ["dynamodb:ListStreams"]) for name in ("write_lake", "count_budgets")
    ], "it is granted on nothing else"
    assert [name for name in may if "athena:StartQueryExecution" in may[name]] == [
        "api_handler",
        "count_budgets",
        "rerate",
        "watch_bills",
        "enforce",
        "evaluate_alerts",
        "advise",
    ]
    assert [name for name in may if "s3:PutObject" in may[name]] == [
        *("api_handler", "write_lake", "count_budgets", "compact", "rollup", "rerate", "bill"),
        *("sync_bills", "sync_assistants", "watch_bills"),
        *("enforce", "evaluate_alerts", "advise", "retain"),
    ]
    may_delete = {
        name: {
            place
            for each in policy["Statement"]
            if "s3:DeleteObject" in each["Action"]
            for place in each["Resource"]
        }
        for name, policy in made.items()
    }
    lake, vault = (
        f"arn:aws:s3:::{sample.OUTPUTS['LakeBucket']}/*",
        f"arn:aws:s3:::{sample.OUTPUTS['VaultBucket']}/*",
    )
    # A damaged file is moved out of the way by whoever reads it.
    tables = {lake.replace("*", f"{table}/*") for table in TABLES}
    assert may_delete == {
        "api_handler": {vault, *tables},
        "write_lake": set(),
        "count_budgets": tables,
        "compact": {lake},
        "rollup": {lake},
        "rerate": tables,
        "bill": {*tables, lake.replace("*", "usage/*")},
        "sync_bills": {lake.replace("*", "billing_days/*")},
        "sync_assistants": {lake.replace("*", "claude_code/*")},
        "watch_bills": tables,
        "enforce": tables,
        "evaluate_alerts": tables,
        "advise": tables,
        "deliver": set(),
        "retain": {lake, vault},
    }


def test_who_sends_mail_and_who_has_no_business_with_the_lake() -> None:
    place = Place(sample.STAGE, sample.REGION, sample.ACCOUNT, sample.OUTPUTS, "a@b.example")
    may = {
        name: {action for statement in policy["Statement"] for action in statement["Action"]}
        for name, policy in policies(place).items()
    }
    assert [name for name in may if "ses:SendEmail" in may[name]] == [
        *("api_handler", "bill", "deliver"),
    ]
    assert [action for action in may["deliver"] if action.startswith("s3:")] == []
    assert {"kms:Decrypt", "dynamodb:UpdateItem"} <= may["deliver"]


def test_the_checked_in_stage_is_what_the_code_writes(tmp_path: Path) -> None:
    shutil.copy(ROOT / ".chalice" / "config.json", tmp_path)
    sample.write(tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_text() == (ROOT / ".chalice" / path.name).read_text(), (
            "run python -m infra.deploy.sample"
        )
