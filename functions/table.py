"""Every module with doors, in the order of the README. A new module is one line here."""

from functions.meter import completions
from functions.open import service

MODULES = (
    completions.doors,
    service.doors,
)
