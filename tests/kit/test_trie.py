"""The trie: which template a path belongs to, and the values of its parameters."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.http.trie import Trie

TEMPLATES = [
    "/m",
    "/m/rates",
    "/m/name/{name+}",
    "/m/{id}",
    "/m/{id}/pricing",
    "/m/{id}/pricing/{dimension}",
]


def trie() -> Trie[str]:
    made: Trie[str] = Trie()
    for template in TEMPLATES:
        made.add("GET", template, template)
    made.add("PATCH", "/m/{id}", "patch")
    return made


@pytest.mark.parametrize(
    ("path", "leaf", "parameters"),
    [
        ("/m/rates", "/m/rates", {}),
        ("/m/abc/", "/m/{id}", {"id": "abc"}),
        ("/m/abc/pricing/d", "/m/{id}/pricing/{dimension}", {"id": "abc", "dimension": "d"}),
        ("/m/name/gpt-4o", "/m/name/{name+}", {"name": "gpt-4o"}),
        ("/m/name/openai%2Fgpt-4o%3Afree", "/m/name/{name+}", {"name": "openai/gpt-4o:free"}),
        ("/m/name/openai/gpt-4o:free", "/m/name/{name+}", {"name": "openai/gpt-4o:free"}),
        ("/m/name/a//b/c", "/m/name/{name+}", {"name": "a//b/c"}),
        ("/m/name/a%2F", "/m/name/{name+}", {"name": "a/"}),
        ("/m/name/pricing", "/m/{id}/pricing", {"id": "name"}),
        ("/m/name", "/m/{id}", {"id": "name"}),
    ],
)
def test_the_most_literal_template_wins_and_a_greedy_one_comes_last(
    path: str, leaf: str, parameters: dict[str, str]
) -> None:
    assert trie().find("GET", path) == (leaf, parameters)


def test_a_method_that_the_literal_lacks_falls_to_the_parameter() -> None:
    assert trie().find("PATCH", "/m/rates") == ("patch", {"id": "rates"})
    assert trie().methods("/m/name/a/b") == ["GET"]
    assert trie().find("GET", "/m/x/y/z") is None


@given(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(
        lambda text: text.strip("/") == text
    )
)
def test_every_name_comes_through_encoded_or_decoded(name: str) -> None:
    names: Trie[str] = Trie()
    names.add("GET", "/m/name/{name+}", "leaf")
    for safe in ("", "/"):
        assert names.find("GET", f"/m/name/{quote(name, safe=safe)}") == ("leaf", {"name": name})
