"""Events, read: what was metered, call by call."""
