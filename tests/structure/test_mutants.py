"""The lists of mutants fit the code: whether their tests notice them is for `make mutate`."""

import pytest

from tests.mutants.mutants import ROOT, Mutant, read_mutants


@pytest.mark.parametrize(
    "mutant", read_mutants(), ids=lambda mutant: f"{mutant.file}: {mutant.why}"
)
def test_a_mutant_has_its_place_and_its_tests(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text().count(mutant.old) == 1
    assert mutant.old != mutant.new
    for test in mutant.tests:
        assert (ROOT / test.partition("::")[0]).exists()
