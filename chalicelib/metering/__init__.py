"""Metering: a call that happened becomes an event of the ledger, attributed and rated, exactly
once."""
