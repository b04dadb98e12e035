"""Export: what calls cost, as files that other tools read: FOCUS 1.2 and plain tables."""
