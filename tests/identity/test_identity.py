"""Keys: their shape, what they may do, and that only a hash of them is kept."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.identity import key_service, service
from chalicelib.identity.key_cache import KeyCache
from chalicelib.identity.keys import KeyKind, Permission, mint, parse
from chalicelib.kit.errors import Invalid, NotFound, Unauthorized
from chalicelib.kit.ids import new_id
from chalicelib.ports.world import World
from tests.support.clock import Clock


@pytest.mark.parametrize("kind", KeyKind)
def test_a_minted_key_is_taken_apart_as_clients_do(kind: KeyKind) -> None:
    tenant = new_id()
    key = mint(kind, tenant)
    assert parse(key.text) == key
    assert key.text.startswith(f"{kind}_")
    assert len(key.text.split("_")) == len(kind.split("_")) + 2
    if kind is KeyKind.WRITE:
        assert key.text.split("_")[2] == tenant


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    key = parse(text)
    assert key is None or key.text == text


@pytest.mark.parametrize(
    "text", ["", "_", "__", "rev_sk_", "rev_sk_AAAAAA_", "rev_xx_k3G7QA_a", "rev_sk__secret"]
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert parse(text) is None


def test_bootstrap_makes_a_tenant_with_working_keys(world: World) -> None:
    made = service.bootstrap(world, "Acme", "Platform", "a@acme.com")
    writer = service.authenticate(world, made.write_key)
    meter = service.authenticate(world, made.metering_key)
    assert (writer.tenant, writer.team) == (made.tenant, made.team)
    assert writer.scopes == {
        Permission.METERING,
        Permission.READ,
        Permission.WRITE,
        Permission.ADMIN,
    }
    assert meter.scopes == {Permission.METERING}
    assert writer.key_id != meter.key_id


def test_a_key_of_one_tenant_is_nothing_to_another(world: World) -> None:
    one = service.bootstrap(world, "One", "T", "a@one.com")
    other = service.bootstrap(world, "Other", "T", "a@other.com")
    with pytest.raises(Unauthorized):
        service.authenticate(world, one.write_key.replace(one.tenant, other.tenant))
    assert {key.team for key in key_service.list_keys(world, one.tenant)} == {one.team}


def test_keys_are_listed_and_revoked_by_id(world: World) -> None:
    made = service.bootstrap(world, "Acme", "Platform", "a@acme.com")
    key, text = key_service.create_key(
        world, made.tenant, made.team, "ci", KeyKind.READ, scopes=frozenset({Permission.ADMIN})
    )
    assert key in list(key_service.list_keys(world, made.tenant))
    assert service.authenticate(world, text).scopes == {Permission.ADMIN}
    key_service.revoke_key(world, made.tenant, key.key_id)
    with pytest.raises(Unauthorized):
        service.authenticate(world, text)
    again = key_service.revoke_key(world, made.tenant, key.key_id)
    assert again.revoked_at == world.now()
    for unknown in ("", "ffffffffffff"):
        with pytest.raises(NotFound):
            key_service.revoke_key(world, made.tenant, unknown)


def test_a_key_needs_a_team_of_the_tenant(world: World) -> None:
    made = service.bootstrap(world, "Acme", "Platform", "a@acme.com")
    with pytest.raises(Invalid, match="no team"):
        key_service.create_key(world, made.tenant, new_id(), "x", KeyKind.READ)


def test_the_secret_of_a_key_is_nowhere_on_the_disk(local_world: World, tmp_path: Path) -> None:
    made = service.bootstrap(local_world, "Acme", "Platform", "a@acme.com")
    secrets = [key.rpartition("_")[2].encode() for key in (made.write_key, made.metering_key)]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(secret in path.read_bytes() for path in files for secret in secrets)
    assert (
        json.dumps(made.tenant).strip('"').encode()
        in (tmp_path / "data/ledger.sqlite-wal").read_bytes()
    )


def test_a_key_is_checked_once_a_minute(
    local_world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = service.bootstrap(local_world, "Acme", "Platform", "a@acme.com")
    asked = []
    real = service.authenticate
    monkeypatch.setattr(
        "chalicelib.identity.key_cache.authenticate",
        lambda world, text: asked.append(text) or real(world, text),
    )
    ring = KeyCache(local_world)
    for _ in range(3):
        ring.principal(made.write_key)
    clock.move(59_999)
    ring.principal(made.write_key)
    assert len(asked) == 1
    clock.move(1)
    ring.principal(made.write_key)
    assert len(asked) == 2
    for _ in range(2):
        with pytest.raises(Unauthorized):
            ring.principal("rev_sk_wrong_key")
    assert len(asked) == 4
