"""Tests of chalicelib/notices."""
