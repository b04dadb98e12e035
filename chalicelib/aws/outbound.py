"""Outbound from AWS: HTTPS with checked addresses, mail through SES."""

from collections.abc import Collection

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.clients import Clients
from chalicelib.aws.https import fetch
from chalicelib.ports.outbound import Call, Mail, Reply, Unreachable
from chalicelib.ports.scope import Scope


class AwsOutbound:
    """See chalicelib.ports.outbound.Outbound."""

    def __init__(
        self, clients: Clients, sender: str, private_origins: Collection[str] = ()
    ) -> None:
        self._clients = clients
        self._sender = sender
        self._private_origins = private_origins

    def call(self, tenant: Scope, call: Call) -> Reply:  # noqa: ARG002 - of the port
        """One HTTPS request."""
        return fetch(call, private_origins=self._private_origins)

    def mail(self, tenant: Scope, mail: Mail) -> None:  # noqa: ARG002 - of the port
        """One message to all; SES signs and delivers it."""
        content = {
            "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
            "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}},
        }
        try:
            self._clients.get("ses").send_email(
                Source=self._sender, Destination={"ToAddresses": list(mail.to)}, Message=content
            )
        except (BotoCoreError, ClientError) as error:
            raise Unreachable("the mail service did not take the message") from error
