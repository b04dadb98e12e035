"""A clock for tests."""


class Clock:
    """Answers the same instant (epoch ms) until somebody moves it."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def move(self, ms: int) -> None:
        self.now += ms
