"""The world of a laptop: one folder with two SQLite files, the lake, the vault, the key file and
the outbox."""

import os
from functools import cached_property
from pathlib import Path

from chalicelib.kit.clock import now_ms
from chalicelib.kit.settings import Settings, from_environment
from chalicelib.ports.engine import Engine, Result, Statement
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from infra.local import counters, documents, events, replays
from infra.local.database import Database
from infra.local.feed import LocalFeed
from infra.local.folder import keep_private
from infra.local.lake import LocalLake
from infra.local.outbound import LocalOutbound
from infra.local.secrets import LocalSecrets
from infra.local.vault import LocalVault
from infra.local.vitals import LocalVitals

_DEFAULTS = {"METERLAKE_ENFORCEMENT_AGE_S": "2", "METERLAKE_COUNTING_AHEAD_S": "0.1"}
"""Settings of a laptop that are not those of a deployed stage: its lake answers at once, and there
is one clock."""


_LEDGER = "ledger.sqlite"


def is_data_folder(folder: Path) -> bool:
    """Whether a folder was served before."""
    return (folder / _LEDGER).exists()


def build(folder: Path, settings: Settings | None = None, *, serving: bool = False) -> World:
    """All ports over a folder, which is made when it is not there.

    `serving` says that this is the one process that answers the folder's requests: what an older
    one was still answering when it died is free to be tried again.
    """
    keep_private(folder)
    has_data = is_data_folder(folder)
    ledger = Database(folder / _LEDGER, documents.SCHEMA + events.SCHEMA + counters.SCHEMA)
    transient = Database(folder / "transient.sqlite", replays.SCHEMA, durable=False)
    kept = replays.LocalReplays(transient)
    if serving:
        kept.release_locks()
    lake = LocalLake(folder / "lake")
    secrets = LocalSecrets(folder / "key", expected=has_data)
    settings = settings or from_environment({**_DEFAULTS, **os.environ})
    return World(
        settings=settings,
        documents=documents.LocalDocuments(ledger),
        events=events.LocalEvents(ledger),
        feed=LocalFeed(ledger),
        counters=counters.LocalCounters(ledger),
        replays=kept,
        lake=lake,
        engine=_LateEngine(lake.root, settings),
        secrets=secrets,
        vault=LocalVault(folder / "vault", secrets),
        outbound=LocalOutbound(folder / "outbox", settings.permitted_origins),
        vitals=LocalVitals(folder, ledger),
        now=now_ms,
    )


class _LateEngine:
    """DuckDB is loaded with the first question: keys, uploads and the feed can do without its half
    second."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self._root, self._settings = root, settings

    @cached_property
    def _engine(self) -> Engine:
        from infra.local.engine import LocalEngine

        return LocalEngine(self._root, self._settings)

    def run(self, team: Scope, statement: Statement) -> Result:
        """See chalicelib.ports.engine.Engine."""
        return self._engine.run(team, statement)


def here() -> World:
    """The world of METERLAKE_DATA, for `chalice local`."""
    return build(Path(os.environ.get("METERLAKE_DATA", ".meterlake")))
