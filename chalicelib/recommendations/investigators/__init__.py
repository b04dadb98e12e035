"""Investigators: one module a rule. Each looks at a survey and tells what it has found."""
