"""Fixtures of the official conformance suite, in the names and texts that it asks for."""
