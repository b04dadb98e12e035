"""The vault in S3: every object encrypted by the stage's key, with its scope and name as encryption
context."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import Clients, code_of
from chalicelib.kit.settings import Settings
from chalicelib.ports.scope import Scope
from chalicelib.ports.vault import NotInVault

_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")


class S3Vault:
    """See chalicelib.ports.vault.Vault."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._bucket = settings.vault_bucket
        self._key_id = settings.kms_key

    def put(self, scope: Scope, name: str, data: bytes) -> None:
        """One put."""
        self._put(scope, name, data)

    def add(self, scope: Scope, name: str, data: bytes) -> bool:
        """One put, on the condition that nothing stands there."""
        try:
            self._put(scope, name, data, IfNoneMatch="*")
        except ClientError as error:
            if code_of(error) not in _TAKEN:
                raise
            return False
        return True

    def get(self, scope: Scope, name: str) -> bytes:
        """One get; S3 opens the seal for whoever may use the key."""
        try:
            answer = self._clients.get("s3").get_object(Bucket=self._bucket, Key=f"{scope}/{name}")
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                raise NotInVault(name) from error
            raise
        return bytes(answer["Body"].read())

    def names(self, scope: Scope, prefix: str) -> Iterator[str]:
        """A thousand a request."""
        pages = self._clients.get("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=f"{scope}/{prefix}"):
            for entry in page.get("Contents", ()):
                yield str(entry["Key"]).removeprefix(f"{scope}/")

    def delete(self, scope: Scope, name: str) -> None:
        """One delete."""
        self._clients.get("s3").delete_object(Bucket=self._bucket, Key=f"{scope}/{name}")

    def sweep(self, scope: Scope) -> None:
        """As in the lake, S3 keeps nothing of a put that broke off."""

    def _put(self, scope: Scope, name: str, data: bytes, **condition: str) -> None:
        context: dict[str, Any] = {"scope": scope, "name": name}
        self._clients.get("s3").put_object(
            Bucket=self._bucket,
            Key=f"{scope}/{name}",
            Body=data,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self._key_id,
            SSEKMSEncryptionContext=base64.b64encode(json.dumps(context).encode()).decode(),
            **condition,
        )
