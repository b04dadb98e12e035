"""Tests of chalicelib/assistants."""
