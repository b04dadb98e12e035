"""A tab of the browser, signed in, that notices what a person would not: violations of the content
security policy, errors of scripts, and figures that no answer of the API holds."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser, Error, Page, Response

from tests.support.server import ROOT, Server

AXE = ROOT / "infra" / "console" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(__file__).with_name("pictures")
_NUMBER = re.compile(r"(?<=[\[,:\s\"])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[\],}\s\"])")
_WATCH = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""
_QUIET, _LOOK_MS = 2, 40
_ALL_DIGITS = 'localStorage.setItem("meterlake.preferences", \'{"digits": "all"}\');'


@dataclass
class Shown:
    """A figure on the page: what the API told, and what is read."""

    value: str
    text: str


@dataclass
class Screen:
    """Opens pages by their fragment. `width` and `colours` are the tab's."""

    browser: Browser
    server: Server
    width: int = 1280
    colours: Any = "light"
    digits: str = "short"
    answers: list[Response] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    waiting: int = 0
    """Requests that have no answer yet."""

    def __enter__(self) -> "Screen":
        context = self.browser.new_context(
            viewport={"width": self.width, "height": 900},
            color_scheme=self.colours,
            locale="en-US",
            reduced_motion="reduce",
        )
        context.add_init_script(_WATCH)
        if self.digits == "all":
            context.add_init_script(_ALL_DIGITS)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", self._note)
        self.page.on("request", lambda _: self._count(1))
        self.page.on("requestfinished", lambda _: self._count(-1))
        self.page.on("requestfailed", lambda _: self._count(-1))
        self.page.goto(self.server.line["console"])
        self.page.wait_for_selector("h1")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        violations = self.page.evaluate("window.violations")
        self.page.context.close()
        assert violations == [], violations
        assert self.errors == [], self.errors

    def _count(self, more: int) -> None:
        self.waiting += more

    def _note(self, response: Response) -> None:
        if "json" in response.headers.get("content-type", "") and response.status == 200:
            self.answers.append(response)

    def open(self, route: str) -> Page:
        """Go to a page and wait until all of its answers are there."""
        self.answers.clear()
        self.page.evaluate("route => { location.hash = route; }", f"#/{route}")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until nothing is loading any more: twice in a row, as an answer may ask anew."""
        quiet = 0
        while quiet < _QUIET:
            self.page.wait_for_timeout(_LOOK_MS)
            self.page.wait_for_selector(".loading", state="detached")
            quiet = 0 if self.waiting else quiet + 1

    def figures(self) -> list[Shown]:
        """The figures that the page shows."""
        found = self.page.eval_on_selector_all(
            "data[value]", "all => all.map(one => [one.getAttribute('value'), one.textContent])"
        )
        return [Shown(value, text) for value, text in found]

    def told(self) -> set[str]:
        """Every number of the answers, as it stands in them."""
        numbers: set[str] = set()
        for answer in self.answers:
            # The body of an answer that the page dropped is gone, and nothing of it is shown.
            with suppress(Error):
                numbers.update(_NUMBER.findall(answer.text()))
        return numbers

    def complaints(self) -> list[str]:
        """What axe-core finds, a line each."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run(document)")["violations"]
        return [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found
            for node in each["nodes"]
        ]

    def photograph(self, name: str) -> None:
        """Keep a picture of the whole page, to be looked at by people. Nothing is tested by it, so
        that a machine too busy to draw one in time does without."""
        PICTURES.mkdir(exist_ok=True)
        path = PICTURES / f"{name}-{self.width}-{self.colours}.png"
        with suppress(Error):
            self.page.screenshot(path=path, full_page=True)
