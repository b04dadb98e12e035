"""Secrets: bound to their scope."""

import pytest

from chalicelib.ports.secrets import SealBroken
from chalicelib.ports.world import World


@pytest.mark.parametrize("secret", ["s", "Ünïcødé 漢字 🚀 '\"%", "x" * 4_000])
def test_what_is_sealed_can_be_opened(world: World, scope: str, secret: str) -> None:
    sealed = world.secrets.seal(scope, secret)
    assert world.secrets.open(scope, sealed) == secret
    assert sealed.replace("-", "").replace("_", "").replace("=", "").isalnum()
    assert sealed.isascii()
    assert len(secret) == 1 or secret not in sealed


def test_two_seals_of_a_secret_differ(world: World, scope: str) -> None:
    assert world.secrets.seal(scope, "same") != world.secrets.seal(scope, "same")


def test_another_scope_cannot_open(world: World, scope: str, other_scope: str) -> None:
    sealed = world.secrets.seal(scope, "mine")
    with pytest.raises(SealBroken):
        world.secrets.open(other_scope, sealed)


def test_a_changed_text_does_not_open(world: World, scope: str) -> None:
    sealed = world.secrets.seal(scope, "a secret of some length")
    middle = len(sealed) // 2
    changed = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    for broken in (changed, "", "no base64 !", "AAAA", sealed[:-8], "ü"):
        with pytest.raises(SealBroken):
            world.secrets.open(scope, broken)


def test_the_digest_key_is_one_for_all(world: World) -> None:
    key = world.secrets.digest_key()
    assert len(key) == 32
    assert world.secrets.digest_key() == key
