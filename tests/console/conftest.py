"""A browser, and a server whose console it opens. Where there is no Chromium, or the console was
not built, these tests are skipped and say so."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from functions import console
from tests.console.furnish import furnish
from tests.console.screen import Screen
from tests.support.server import Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with its module: as long as it is there, an event loop runs in this thread, and no
    other test of the process could run one of its own."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine: `apt-get install chromium`")
    if not (console.FOLDER / "index.html").is_file():
        pytest.skip("the console was not built: `make console`")
    expect.set_options(timeout=30_000)  # the first answer of a busy machine took more than 5 s
    with sync_playwright() as playwright:
        # A container has no user namespaces for Chromium's own sandbox.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo's calls, and what a team has beside them."""
    data = tmp_path_factory.mktemp("demo")
    with Server(data, "--demo") as server:
        furnish(server, data)
        yield server


@pytest.fixture
def server(browser: Browser, tmp_path: Path) -> Iterator[Server]:
    """A server without any calls."""
    with Server(tmp_path / "data") as server:
        yield server


@pytest.fixture
def screen(browser: Browser, server: Server) -> Iterator[Screen]:
    """A tab that is signed in to the empty server."""
    with Screen(browser, server) as screen:
        yield screen
