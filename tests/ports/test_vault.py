"""The vault: sealed blobs of a scope."""

from pathlib import Path

import pytest

from chalicelib.ports.vault import NotInVault
from chalicelib.ports.world import World


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 4_000])
def test_what_is_put_can_be_got(world: World, scope: str, data: bytes) -> None:
    world.vault.put(scope, "logos/1", data)
    assert world.vault.get(scope, "logos/1") == data
    world.vault.put(scope, "logos/1", b"other")
    assert world.vault.get(scope, "logos/1") == b"other"


def test_the_first_that_is_added_stays(world: World, scope: str) -> None:
    assert world.vault.add(scope, "prompts/a", b"first") is True
    assert world.vault.add(scope, "prompts/a", b"second") is False
    assert world.vault.get(scope, "prompts/a") == b"first"


def test_names_are_listed_by_prefix(world: World, scope: str) -> None:
    for name in ("b/2", "a/1", "b/1"):
        world.vault.put(scope, name, b"x")
    assert list(world.vault.names(scope, "b/")) == ["b/1", "b/2"]
    assert list(world.vault.names(scope, "")) == ["a/1", "b/1", "b/2"]


def test_deleted_blobs_are_gone(world: World, scope: str) -> None:
    world.vault.put(scope, "a", b"x")
    world.vault.delete(scope, "a")
    world.vault.delete(scope, "a")
    with pytest.raises(NotInVault):
        world.vault.get(scope, "a")
    assert world.vault.add(scope, "a", b"again")


def test_scopes_do_not_see_each_other(world: World, scope: str, other_scope: str) -> None:
    world.vault.put(scope, "a", b"mine")
    assert list(world.vault.names(other_scope, "")) == []
    with pytest.raises(NotInVault):
        world.vault.get(other_scope, "a")
    assert world.vault.add(other_scope, "a", b"theirs")
    assert world.vault.get(scope, "a") == b"mine"


def test_a_laptop_seals_what_lies_in_the_folder(tmp_path: Path) -> None:
    from infra.local.world import build

    build(tmp_path).vault.put("team", "prompts/a", b"open sesame")
    files = [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
    assert len(files) == 1
    assert b"sesame" not in files[0].read_bytes()


def test_a_laptop_stays_within_its_folder(tmp_path: Path) -> None:
    from infra.local.world import build

    with pytest.raises(ValueError, match="out of the vault"):
        build(tmp_path).vault.put("team", "../../key", b"x")
