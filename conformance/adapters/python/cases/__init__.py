"""What the two programs of the shared cases have in common; see `conformance/cases/README.md`."""
