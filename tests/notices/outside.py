"""The outside of a test: takes mails and calls, and answers what it is told to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as replaced

from chalicelib.ports.outbound import Call, Mail, Reply
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


def answered(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, headers or {}, body)


@dataclass
class Outside:
    """Answers 200 unless `replies` says otherwise, one after the other; an error is raised."""

    calls: list[Call] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    replies: list[Reply | Exception] = field(default_factory=list)

    def call(self, tenant: Scope, call: Call) -> Reply:
        self.calls.append(call)
        return self._next()

    def mail(self, tenant: Scope, mail: Mail) -> None:
        self.mails.append(mail)
        self._next()

    def _next(self) -> Reply:
        reply = self.replies.pop(0) if self.replies else answered(200, b"ok")
        if isinstance(reply, Exception):
            raise reply
        return reply

    def around(self, world: World) -> World:
        """The world with this outside."""
        return replaced(world, outbound=self)
