from tests.lake.conftest import built, clock, team, world

__all__ = ["built", "clock", "team", "world"]
