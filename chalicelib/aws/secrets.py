"""Secrets sealed by KMS, with the scope as encryption context."""

import base64
import binascii
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.exceptions import DoesNotExist, PutError

from chalicelib.aws.clients import Clients, code_of
from chalicelib.aws.core import SYSTEM_SCOPE, Core, partition
from chalicelib.kit.settings import Settings
from chalicelib.ports.scope import Scope
from chalicelib.ports.secrets import SealBroken

_KEY_BYTES = 32
_DIGEST_KEY = "KEY#digest"
_BROKEN = (
    "InvalidCiphertextException",
    "IncorrectKeyException",
    "AccessDeniedException",
    "ValidationException",
)


class KmsSecrets:
    """See chalicelib.ports.secrets.Secrets. A secret may have 4,096 bytes, the most that KMS
    encrypts itself."""

    def __init__(self, clients: Clients, core: Core, settings: Settings) -> None:
        self._clients = clients
        self._core = core
        self._key_id = settings.kms_key

    def seal(self, scope: Scope, secret: str) -> str:
        """One call of KMS."""
        answer = self._kms.encrypt(
            KeyId=self._key_id, Plaintext=secret.encode(), EncryptionContext={"scope": scope}
        )
        return base64.urlsafe_b64encode(answer["CiphertextBlob"]).decode()

    def open(self, scope: Scope, sealed: str) -> str:
        """One call of KMS."""
        return self._open(scope, sealed).decode()

    def digest_key(self) -> bytes:
        """Made by KMS at the first call of a deployment; afterwards read and opened once per
        process."""
        return self._digest_key

    @cached_property
    def _digest_key(self) -> bytes:
        return self._open(SYSTEM_SCOPE, self._stored_key() or self._made_key())

    def _stored_key(self) -> str | None:
        try:
            return self._core.note_items.get(
                partition(SYSTEM_SCOPE), _DIGEST_KEY, consistent_read=True
            ).text
        except DoesNotExist:
            return None

    def _made_key(self) -> str:
        """The sealed key that is stored from now on: ours, or that of the process that was
        faster."""
        answer = self._kms.generate_data_key_without_plaintext(
            KeyId=self._key_id, NumberOfBytes=_KEY_BYTES, EncryptionContext={"scope": SYSTEM_SCOPE}
        )
        sealed = base64.urlsafe_b64encode(answer["CiphertextBlob"]).decode()
        note = self._core.note_items(partition(SYSTEM_SCOPE), _DIGEST_KEY, text=sealed)
        try:
            note.save(type(note).pk.does_not_exist())
        except PutError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return self._core.note_items.get(
                partition(SYSTEM_SCOPE), _DIGEST_KEY, consistent_read=True
            ).text
        return sealed

    def _open(self, scope: Scope, sealed: str) -> bytes:
        try:
            blob = base64.b64decode(sealed, altchars=b"-_", validate=True)
            answer = self._kms.decrypt(
                CiphertextBlob=blob, KeyId=self._key_id, EncryptionContext={"scope": scope}
            )
        except (binascii.Error, ValueError) as error:
            raise SealBroken("the text is not a sealed one") from error
        except ClientError as error:
            if code_of(error) not in _BROKEN:
                raise
            raise SealBroken("the sealed text was changed or belongs to another scope") from error
        return bytes(answer["Plaintext"])

    @property
    def _kms(self) -> Any:  # noqa: ANN401 - boto3 makes its client classes at run time
        return self._clients.get("kms")
