"""Tests of meterlake_guard."""
