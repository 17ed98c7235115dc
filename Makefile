# The commands of the project. Each is a script in tests/, so that it can be read and run alone.
# Everything they install stays in .dovetail/ (Swift's own root: in the user's cache, shared by checkouts).

SHELL := /bin/bash
SETUP := tests/setup

.PHONY: help demo test test-core test-python test-node test-c test-swift test-kotlin conformance interop bench dist lint fix

help:
	@echo "make demo      set up, build, and show the main job end to end"
	@echo "make test      set up, build and test every surface"
	@echo "make test-X    one surface: core python node c swift kotlin"
	@echo "make conformance [SURFACE=rust,…]  the official suite, every revision, both roles; writes conformance/RESULTS.md"
	@echo "make interop   every client against every server and the official SDKs, both eras, both transports"
	@echo "make bench     our surfaces beside other SDKs and the floor; writes benches/RESULTS.md; SHORT=1 for a quick look"
	@echo "make dist      what is published, into dist/"
	@echo "make lint      format, lints, generated files;  make fix repairs what can be repaired"

demo:
	@tests/demo/demo.sh

test:
	@$(SETUP)/test.sh

test-core test-python test-node test-c test-swift test-kotlin:
	@$(SETUP)/test.sh $(@:test-%=%)

conformance:
	@SURFACE=$(SURFACE) $(SETUP)/conformance.sh

interop:
	@$(SETUP)/test.sh interop-full

bench:
	@benches/bench.sh $(if $(SHORT),--short) $(if $(PART),--part $(PART)) $(if $(ONLY),--only "$(ONLY)")

dist:
	@$(SETUP)/dist.sh

lint:
	@$(SETUP)/lint.sh

fix:
	@$(SETUP)/fix.sh
