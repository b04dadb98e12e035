"""Whose data a command is about: tenants and teams that exist, or one sentence that says which does
not."""

from dataclasses import dataclass

import click

from chalicelib.identity.records import TEAM, TENANT
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from infra.installation import Installation, find_installation


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant and one of its teams."""

    tenant: Scope
    team: Scope


def choose_tenant(world: World, named: str) -> Scope:
    """The tenant that is named, or the first one. Raises click.ClickException."""
    if not named:
        return _find_first(world).tenant
    tenant = Scope(named)
    if world.documents.get(tenant, TENANT, tenant) is None:
        raise click.ClickException(f"there is no tenant {named!r}")
    return tenant


def choose_account(world: World, named: str, team: str) -> Account:
    """The tenant and team that are named, or the first ones. Raises click.ClickException."""
    tenant = choose_tenant(world, named)
    if not team:
        first = _find_first(world)
        if tenant != first.tenant:
            raise click.UsageError("say which team of the tenant: --team")
        return Account(tenant, first.team)
    if world.documents.get(tenant, TEAM, team) is None:
        raise click.ClickException(f"tenant {tenant} has no team {team!r}")
    return Account(tenant, Scope(team))


def check_team(world: World, named: str) -> Scope:
    """A team of any tenant: one of the first tenant's, or one for which something is stored. Raises
    click.ClickException."""
    team, found = Scope(named), find_installation(world)
    is_first = found is not None and world.documents.get(found.tenant, TEAM, named) is not None
    if not is_first and next(world.documents.every(team), None) is None:
        raise click.ClickException(f"there is no team {named!r}")
    return team


def _find_first(world: World) -> Installation:
    """The first tenant. It is made by the first start alone, which shows its keys. Raises
    click.ClickException."""
    found = find_installation(world)
    if found is None:
        raise click.ClickException(
            "nobody is set up here: start `meterlake up` once, or deploy the stage, or name another"
            " folder with --data"
        )
    return found
