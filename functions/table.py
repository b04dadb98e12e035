"""Every module with doors. A new module is one line here."""

from functions.api import status
from functions.api.analytics import cost_by
from functions.meter import completions
from functions.open import service

MODULES = (
    completions.doors,
    cost_by.doors,
    status.doors,
    service.doors,
)
