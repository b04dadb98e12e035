"""The lake in S3."""

from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients, code_of
from chalicelib.aws.faults import AwsFault
from chalicelib.kit.settings import Settings
from chalicelib.ports.lake import LakeObject, LakePath, NotInLake
from chalicelib.ports.scope import Scope

_DELETE_AT_ONCE = 1_000


class S3Lake:
    """See chalicelib.ports.lake.Lake. S3 replaces an object whole, and shows it to every later read
    and list."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._bucket = settings.lake_bucket

    def put(self, team: Scope, path: LakePath, data: bytes) -> None:
        """One put; the bucket encrypts."""
        self._clients.get("s3").put_object(Bucket=self._bucket, Key=path.key(team), Body=data)

    def get(self, team: Scope, path: LakePath) -> bytes:
        """One get."""
        try:
            answer = self._clients.get("s3").get_object(Bucket=self._bucket, Key=path.key(team))
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                raise NotInLake(path.key(team)) from error
            raise
        return bytes(answer["Body"].read())

    def list(self, team: Scope, table: str, day: str | None = None) -> Iterator[LakeObject]:
        """A thousand a request; S3 orders keys by their bytes."""
        prefix = _prefix(team, table) + (f"day={day}/" if day else "")
        for page in self._pages(Prefix=prefix):
            for entry in page.get("Contents", ()):
                yield LakeObject(_path(entry["Key"]), int(entry["Size"]))

    def delete(self, team: Scope, paths: Sequence[LakePath]) -> None:
        """A thousand a request. Raises AwsFault naming the first object that S3 kept."""
        for start in range(0, len(paths), _DELETE_AT_ONCE):
            keys = [{"Key": path.key(team)} for path in paths[start : start + _DELETE_AT_ONCE]]
            answer = self._clients.get("s3").delete_objects(
                Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True}
            )
            for failure in answer.get("Errors", ()):
                raise AwsFault(f"S3 kept {failure['Key']}: {failure['Code']}")

    def days(self, team: Scope, table: str) -> Sequence[str]:
        """The folders below the team's, without listing what is in them."""
        prefix = _prefix(team, table)
        folders = [
            entry["Prefix"].removeprefix(prefix)
            for page in self._pages(Prefix=prefix, Delimiter="/")
            for entry in page.get("CommonPrefixes", ())
        ]
        return sorted(folder.removeprefix("day=").rstrip("/") for folder in folders)

    def sweep(self, team: Scope) -> None:
        """S3 shows an object when it is whole, and keeps nothing of a put that broke off."""

    def _pages(self, **query: str) -> Iterator[dict[str, "Sequence[dict[str, str]]"]]:
        yield from (
            self._clients.get("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self._bucket, **query)
        )


def _prefix(team: Scope, table: str) -> str:
    return f"{table}/team={team}/"


def _path(key: str) -> LakePath:
    table, _, day, name = key.split("/", 3)
    return LakePath(table, day.removeprefix("day="), name)
