"""Outbound of the laptop: real HTTPS with the same address checks, and mail into a folder instead
of the post."""

import json
from collections.abc import Collection
from pathlib import Path
from uuid import uuid4

from chalicelib.aws.https import fetch
from chalicelib.ports.outbound import Call, Mail, Reply
from chalicelib.ports.scope import Scope


class LocalOutbound:
    """See chalicelib.ports.outbound.Outbound. Each message is a JSON file in the outbox."""

    def __init__(self, outbox: Path, private_origins: Collection[str] = ()) -> None:
        self._outbox = outbox
        self._private_origins = private_origins

    def call(self, tenant: Scope, call: Call) -> Reply:  # noqa: ARG002 - of the port
        """One HTTPS request."""
        return fetch(call, private_origins=self._private_origins)

    def mail(self, tenant: Scope, mail: Mail) -> None:
        """Write the message where its sender can read it."""
        self._outbox.mkdir(parents=True, exist_ok=True)
        message = {
            "tenant": tenant,
            "to": list(mail.to),
            "subject": mail.subject,
            "text": mail.text,
        }
        (self._outbox / f"{uuid4().hex}.json").write_text(json.dumps(message, ensure_ascii=False))
