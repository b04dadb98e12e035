"""The list prices that tests count with: a little book, which no `meterlake prices update` changes.

little_book.json is in the form of the book that ships, with all of its providers and a handful of
their models. Whoever writes down what a call costs by list writes it by the little book; only what
is about the shipped book itself (against genai-prices, the catalogue, the command) reads that one.
All tests that run in this process rate by the little book: tests/conftest.py sees to it.
"""

import json
from functools import cache
from pathlib import Path

from chalicelib.pricing.book import PriceBook

LITTLE_VERSION = "little-book-1"
_FILE = Path(__file__).with_name("little_book.json")


@cache
def little_book() -> PriceBook:
    """The list prices of tests."""
    return PriceBook(json.loads(_FILE.read_text(encoding="utf-8")))
