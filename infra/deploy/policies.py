"""What each function may do: the stage's own resources by their ARNs, and of each only the actions
it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.assistants.contribution_days import CONTRIBUTIONS
from chalicelib.lake.tables import DAMAGED, TABLES

Policy = dict[str, Any]
Grant = dict[str, Any]

_READ = ("GetItem", "BatchGetItem", "Query")
_LAKELESS = ("deliver",)
"""Functions that have no business with the lake."""
_WRITE = ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stage lives, and what its stack is made of (the template's outputs)."""

    stage: str
    region: str
    account: str
    outputs: Mapping[str, str]
    mail_from: str = ""

    def arn(self, service: str, resource: str) -> str:
        """An ARN of the stage's account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def policies(place: Place) -> dict[str, Policy]:
    """The policy of each function, by its name in app.py. Raises KeyError for a missing output."""
    counting = [_core(place), _events(place), _counters(place), *_ask(place), _key(place)]
    lake = _lake(place, "GetObject", "PutObject", "DeleteObject")
    upkeep = [_core(place), lake, _key(place)]
    grants = {
        "api_handler": [
            _core(place),
            _events(place),
            _counters(place),
            *_ask(place),
            *_vault(place),
            _key(place, "Encrypt", "GenerateDataKeyWithoutPlaintext"),
            *_mail(place),
        ],
        "write_lake": [
            _core(place),
            _counters(place),
            *_stream(place),
            _lake(place, "GetObject", "PutObject"),
            _key(place),
        ],
        "count_budgets": [*counting, *_stream(place)],
        "compact": [*upkeep],
        "rollup": [*upkeep],
        "rerate": [_core(place), _events(place), *_ask(place), _key(place)],
        "bill": [
            _core(place),
            _lake(place, "GetObject"),
            *_set_aside(place),
            _write_tables(place, "charges", "usage"),
            _key(place),
            *_mail(place),
        ],
        "sync_bills": [
            _core(place),
            _lake(place, "GetObject"),
            _write_tables(place, "billing_days"),
            _key(place),
        ],
        "sync_assistants": [
            _core(place),
            _lake(place, "GetObject"),
            _write_tables(place, CONTRIBUTIONS),
            _key(place),
        ],
        "watch_bills": [_core(place), *_ask(place), _key(place)],
        "enforce": [*counting],
        "evaluate_alerts": [*counting],
        "advise": [_core(place), *_ask(place), _key(place)],
        "deliver": [_core(place), _key(place), *_mail(place)],
        "retain": [*upkeep, *_forget(place)],
    }
    made: dict[str, Policy] = {}
    for name, statements in grants.items():
        if name not in _LAKELESS:
            statements.insert(0, _list_lake(place))
        statements.insert(0, _logs(place, name))
        made[name] = {"Version": "2012-10-17", "Statement": statements}
    return made


def _ask(place: Place) -> list[Grant]:
    """Asking the lake, and moving what is damaged in it out of the way."""
    return [_lake(place, "GetObject"), *_set_aside(place), *_athena(place)]


def _list_lake(place: Place) -> Grant:
    """Listing the lake, which S3 grants on the bucket and not on its objects."""
    return _grant(
        "s3", ("ListBucket", "GetBucketLocation"), f"arn:aws:s3:::{place.outputs['LakeBucket']}"
    )


def _grant(service: str, actions: Sequence[str], *resources: str) -> Grant:
    return {
        "Effect": "Allow",
        "Action": [f"{service}:{action}" for action in actions],
        "Resource": list(resources),
    }


def _logs(place: Place, function: str) -> Grant:
    group = place.arn("logs", f"log-group:/aws/lambda/meterlake-{place.stage}-{function}")
    return _grant(
        "logs", ("CreateLogGroup", "CreateLogStream", "PutLogEvents"), group, f"{group}:*"
    )


def _core(place: Place) -> Grant:
    table = place.outputs["CoreTableArn"]
    return _grant(
        "dynamodb", (*_READ, *_WRITE), table, f"{table}/index/GSI1", f"{table}/index/GSI2"
    )


def _events(place: Place) -> Grant:
    return _grant("dynamodb", ("Query", "PutItem"), place.outputs["EventsTableArn"])


def _forget(place: Place) -> list[Grant]:
    """Removing events from the ledger and prompts from the vault, without reading what these
    say."""
    vault = f"arn:aws:s3:::{place.outputs['VaultBucket']}"
    return [
        _grant("dynamodb", ("Query", "DeleteItem"), place.outputs["EventsTableArn"]),
        _grant("s3", ("ListBucket",), vault),
        _grant("s3", ("DeleteObject",), f"{vault}/*"),
    ]


def _counters(place: Place) -> Grant:
    return _grant(
        "dynamodb",
        (*_READ, "PutItem", "UpdateItem", "BatchWriteItem"),
        place.outputs["CountersTableArn"],
    )


def _stream(place: Place) -> list[Grant]:
    """Reading the stream of events; listing streams is granted on none in particular."""
    actions = ("DescribeStream", "GetRecords", "GetShardIterator")
    return [
        _grant("dynamodb", actions, f"{place.outputs['EventsTableArn']}/stream/*"),
        _grant("dynamodb", ("ListStreams",), "*"),
    ]


def _lake(place: Place, *actions: str) -> Grant:
    return _grant("s3", actions, f"arn:aws:s3:::{place.outputs['LakeBucket']}/*")


def _write_tables(place: Place, *names: str) -> Grant:
    """Writing some tables of the lake, and nothing else there."""
    lake = f"arn:aws:s3:::{place.outputs['LakeBucket']}"
    return _grant("s3", ("PutObject", "DeleteObject"), *(f"{lake}/{name}/*" for name in names))


def _set_aside(place: Place) -> list[Grant]:
    """Moving a damaged file of the lake out of the way of whoever reads: it is put among what was
    set aside, and goes from its day."""
    lake = f"arn:aws:s3:::{place.outputs['LakeBucket']}"
    return [
        _grant("s3", ("PutObject",), f"{lake}/{DAMAGED}/*"),
        _grant("s3", ("DeleteObject",), *(f"{lake}/{table}/*" for table in TABLES)),
    ]


def _vault(place: Place) -> list[Grant]:
    """Sealed blobs, of the API alone."""
    bucket = f"arn:aws:s3:::{place.outputs['VaultBucket']}"
    return [
        _grant("s3", ("ListBucket",), bucket),
        _grant("s3", ("GetObject", "PutObject", "DeleteObject"), f"{bucket}/*"),
    ]


def _athena(place: Place) -> list[Grant]:
    """Queries in the stage's workgroup over the stage's tables, results into the stage's bucket."""
    database, results = place.outputs["Database"], f"arn:aws:s3:::{place.outputs['ResultsBucket']}"
    return [
        _grant(
            "athena",
            ("StartQueryExecution", "GetQueryExecution", "GetQueryResults", "StopQueryExecution"),
            place.arn("athena", f"workgroup/{place.outputs['WorkGroup']}"),
        ),
        _grant(
            "glue",
            ("GetDatabase", "GetTable", "GetPartitions"),
            place.arn("glue", "catalog"),
            place.arn("glue", f"database/{database}"),
            place.arn("glue", f"table/{database}/*"),
        ),
        _grant("s3", ("ListBucket", "GetBucketLocation"), results),
        _grant(
            "s3",
            ("GetObject", "PutObject", "AbortMultipartUpload", "ListMultipartUploadParts"),
            f"{results}/*",
        ),
    ]


def _key(place: Place, *more: str) -> Grant:
    """Objects are encrypted with the stage's key, so whoever touches them needs it."""
    return _grant("kms", ("Decrypt", "GenerateDataKey", *more), place.outputs["KeyArn"])


def _mail(place: Place) -> list[Grant]:
    """Sending as the verified address or its domain."""
    if not place.mail_from:
        return []
    names = (place.mail_from, place.mail_from.rpartition("@")[2])
    return [
        _grant("ses", ("SendEmail",), *(place.arn("ses", f"identity/{name}") for name in names))
    ]
