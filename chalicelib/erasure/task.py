"""One erasure: what its steps are told."""

from dataclasses import dataclass

from chalicelib.erasure.subject import Subject
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


@dataclass(frozen=True, slots=True)
class Task:
    """The person who leaves what a team has stored. A dry run changes nothing, and finds the
    same."""

    world: World
    team: Scope
    subject: Subject
    dry_run: bool = False
