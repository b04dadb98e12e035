"""The template: sound by cfn-lint, equal to the columns of the lake, and as closed as we say."""

from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint_file

from chalicelib.aws.items import NameIndex, ReferenceIndex
from chalicelib.lake.tables import TABLES
from infra.deploy.outputs import environment
from tests.support.stack import REGION
from tests.support.template import TEMPLATE, load


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = load()["Resources"]
    return found


def of_type(resources: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [resource for resource in resources.values() if resource["Type"] == kind]
    assert found
    return found


def test_cfn_lint_has_nothing_to_say() -> None:
    assert [
        str(match) for match in lint_file(TEMPLATE, ManualArgs(regions=[REGION, "eu-central-1"]))
    ] == []


def test_cloudformation_takes_it_inline() -> None:
    assert len(TEMPLATE.read_bytes()) < 51_200


def test_glue_columns_are_those_of_the_lake(resources: dict[str, Any]) -> None:
    inputs = [table["Properties"]["TableInput"] for table in of_type(resources, "AWS::Glue::Table")]
    declared = {
        each["Name"]: {
            column["Name"]: column["Type"] for column in each["StorageDescriptor"]["Columns"]
        }
        for each in inputs
    }
    assert declared == {
        name: {c: str(kind) for c, kind in table.columns.items()} for name, table in TABLES.items()
    }
    for each in inputs:
        folder = f"s3://${{LakeBucket}}/{each['Name']}/"
        assert [key["Name"] for key in each["PartitionKeys"]] == ["team", "day"]
        assert each["StorageDescriptor"]["Location"] == {"Fn::Sub": folder}
        template = each["Parameters"]["storage.location.template"]
        assert template == {"Fn::Sub": f"{folder}team=${{!team}}/day=${{!day}}/"}
        assert each["Parameters"]["projection.team.type"] == "injected"


def test_tables_survive_mistakes(resources: dict[str, Any]) -> None:
    for table in of_type(resources, "AWS::DynamoDB::Table"):
        properties = table["Properties"]
        assert table["DeletionPolicy"] == "Retain"
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert properties["DeletionProtectionEnabled"] is True
        assert properties["TimeToLiveSpecification"] == {
            "AttributeName": "expires",
            "Enabled": True,
        }
    assert resources["EventsTable"]["Properties"]["StreamSpecification"] == {
        "StreamViewType": "NEW_IMAGE"
    }


def test_the_indexes_are_those_that_the_adapter_queries(resources: dict[str, Any]) -> None:
    declared = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for index in resources["CoreTable"]["Properties"]["GlobalSecondaryIndexes"]
    }
    queried = {
        index.Meta.index_name: sorted(index.Meta.attributes)
        for index in (NameIndex, ReferenceIndex)
    }  # type: ignore[attr-defined]
    assert declared == queried


def test_buckets_are_encrypted_and_closed(resources: dict[str, Any]) -> None:
    buckets = {name: each for name, each in resources.items() if each["Type"] == "AWS::S3::Bucket"}
    for bucket in buckets.values():
        properties = bucket["Properties"]
        rule = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(properties["PublicAccessBlockConfiguration"]) == 4
    for policy in of_type(resources, "AWS::S3::BucketPolicy"):
        statement = policy["Properties"]["PolicyDocument"]["Statement"][0]
        assert (statement["Effect"], statement["Condition"]) == (
            "Deny",
            {"Bool": {"aws:SecureTransport": "false"}},
        )
    guarded = {
        policy["Properties"]["Bucket"]["Ref"]
        for policy in of_type(resources, "AWS::S3::BucketPolicy")
    }
    assert guarded == set(buckets)


def test_queries_are_limited_and_the_key_turns(resources: dict[str, Any]) -> None:
    workgroup = resources["WorkGroup"]["Properties"]["WorkGroupConfiguration"]
    assert workgroup["EnforceWorkGroupConfiguration"] is True
    assert workgroup["BytesScannedCutoffPerQuery"] == {"Ref": "ScanLimitBytes"}
    assert (
        workgroup["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    )
    assert resources["Key"]["Properties"]["EnableKeyRotation"] is True


def test_alarms_can_arrive(resources: dict[str, Any]) -> None:
    """CloudWatch must be allowed to use the topic's key, which it never is to alias/aws/sns."""
    key = resources["AlarmTopic"]["Properties"]["KmsMasterKeyId"]["Ref"]
    statements = resources[key]["Properties"]["KeyPolicy"]["Statement"]
    publisher = next(
        each
        for each in statements
        if each["Principal"].get("Service") == "cloudwatch.amazonaws.com"
    )
    assert set(publisher["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


def test_the_outputs_make_the_environment() -> None:
    outputs = dict.fromkeys(load()["Outputs"], "x")
    assert environment("s", REGION, outputs)["METERLAKE_CORE_TABLE"] == "x"
