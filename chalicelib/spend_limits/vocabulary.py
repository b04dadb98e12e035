"""The words of limits at providers on the wire."""

from enum import StrEnum


class LimitAction(StrEnum):
    """What writing a limit would do to the one that stands at the provider."""

    CREATE = "CREATE"
    LOWER = "LOWER"
    RAISE = "RAISE"
    REPLACE = "REPLACE"
    KEEP = "KEEP"
    NONE = "NONE"


class Drift(StrEnum):
    """How the provider, or our rule, is another one than when a limit was written."""

    RAISED_AT_PROVIDER = "RAISED_AT_PROVIDER"
    LOWERED_AT_PROVIDER = "LOWERED_AT_PROVIDER"
    GONE_AT_PROVIDER = "GONE_AT_PROVIDER"
    OTHER_PERIOD_AT_PROVIDER = "OTHER_PERIOD_AT_PROVIDER"
    RULE_CHANGED = "RULE_CHANGED"
    RULE_GONE = "RULE_GONE"
    CONNECTION_GONE = "CONNECTION_GONE"
    NOT_KNOWN = "NOT_KNOWN"
    """The provider could not be asked, or broke off while the limit was written."""
