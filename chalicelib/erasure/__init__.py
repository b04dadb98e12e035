"""Erasure: the personal data of one person leaves everything that a team has stored; the money
stays."""
