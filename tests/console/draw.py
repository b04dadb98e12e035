"""`make pictures`: draws docs/console.png, the overview of the demo."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.console.conftest import CHROMIUM
from tests.console.furnish import furnish
from tests.console.screen import Screen
from tests.support.server import ROOT, Server

PICTURE = ROOT / "docs" / "console.png"


def draw() -> None:
    """Serve the demo, open the console, take the picture."""
    if not CHROMIUM:
        sys.exit("no Chromium on this machine: `apt-get install chromium`")
    with TemporaryDirectory() as folder, Server(Path(folder), "--demo") as server:
        furnish(server, Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            with Screen(browser, server) as screen:
                screen.open("overview")
                screen.page.screenshot(path=PICTURE)
            browser.close()


if __name__ == "__main__":
    draw()
