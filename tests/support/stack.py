"""Creates under moto what infra/template.yaml declares, so that no test runs on a table the
template does not make."""

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3

from chalicelib.kit.settings import Settings, from_environment
from infra.deploy.outputs import environment
from tests.support.template import load, resolve

REGION = "us-east-1"
Values = dict[str, Any]


def create(stage: str = "test") -> Settings:
    """Create every resource of the template that data lives in; the settings of the stage's
    functions."""
    _client.cache_clear()
    template = load()
    values: Values = {
        name: parameter.get("Default") for name, parameter in template["Parameters"].items()
    }
    values |= {
        "Stage": stage,
        "AWS::Region": REGION,
        "AWS::AccountId": "123456789012",
        "AWS::Partition": "aws",
    }
    for name, resource in template["Resources"].items():
        if resource["Type"] in _CREATORS:
            properties = resolve(resource["Properties"], values)
            values |= {
                name + suffix: value
                for suffix, value in _CREATORS[resource["Type"]](name, properties).items()
            }
    outputs = {
        name: resolve(output["Value"], values) for name, output in template["Outputs"].items()
    }
    return from_environment(environment(stage, REGION, outputs))


@cache
def _client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


def _key(name: str, properties: Values) -> Values:
    key = _client("kms").create_key()["KeyMetadata"]
    return {"": key["KeyId"], ".Arn": key["Arn"]}


def _alias(name: str, properties: Values) -> Values:
    _client("kms").create_alias(
        AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"]
    )
    return {"": properties["AliasName"]}


def _table(name: str, properties: Values) -> Values:
    wanted = (
        "TableName",
        "BillingMode",
        "AttributeDefinitions",
        "KeySchema",
        "GlobalSecondaryIndexes",
    )
    request = {key: properties[key] for key in wanted if key in properties}
    if "StreamSpecification" in properties:
        request["StreamSpecification"] = {
            "StreamEnabled": True,
            **properties["StreamSpecification"],
        }
    made = _client("dynamodb").create_table(**request)["TableDescription"]
    _client("dynamodb").update_time_to_live(
        TableName=made["TableName"], TimeToLiveSpecification=properties["TimeToLiveSpecification"]
    )
    return {
        "": made["TableName"],
        ".Arn": made["TableArn"],
        ".StreamArn": made.get("LatestStreamArn", ""),
    }


def _bucket(name: str, properties: Values) -> Values:
    bucket = f"meterlake-{name.lower()}"
    _client("s3").create_bucket(Bucket=bucket)
    return {"": bucket, ".Arn": f"arn:aws:s3:::{bucket}"}


def _workgroup(name: str, properties: Values) -> Values:
    _client("athena").create_work_group(
        Name=properties["Name"], Configuration=properties["WorkGroupConfiguration"]
    )
    return {"": properties["Name"]}


def _database(name: str, properties: Values) -> Values:
    _client("glue").create_database(DatabaseInput=properties["DatabaseInput"])
    return {"": properties["DatabaseInput"]["Name"]}


def _glue_table(name: str, properties: Values) -> Values:
    _client("glue").create_table(
        DatabaseName=properties["DatabaseName"], TableInput=properties["TableInput"]
    )
    return {"": properties["TableInput"]["Name"]}


_CREATORS: dict[str, Callable[[str, Values], Values]] = {
    "AWS::KMS::Key": _key,
    "AWS::KMS::Alias": _alias,
    "AWS::DynamoDB::Table": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::Athena::WorkGroup": _workgroup,
    "AWS::Glue::Database": _database,
    "AWS::Glue::Table": _glue_table,
}
"""The rest (policies, alarms) holds no data. Resources are created in the order of the template."""
