# make run    start the provider, the simulated registries, two portals and two offices, ready to try
# make test   install what the tests need and run everything
# make tour   play the demonstration in a browser and keep its pictures
# make bench  measure speed against bare routes on the same server
# make constraints [UPGRADE=--upgrade]   pin what setup.cfg asks for, with hashes

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: run test check tour bench constraints

export PYTHON ?= python3
# Whoever starts finds compiled what the last one compiled.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
TEST_PACKAGES := chromium-headless-shell fonts-noto-cjk postgresql redis-server slapd gcc libc6-dev nginx-light xmlsec1 apache2 libapache2-mod-auth-mellon libapache2-mod-auth-cas
BENCH_PACKAGES := postgresql redis-server gcc libc6-dev

run: .venv/.runtime
	@exec $(BIN)/idp sandbox

test: .venv/.dev
	@.ci/need $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory check
	@$(BIN)/pytest --numprocesses 3 --no-loadscope-reorder

check: .venv/.dev
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy --num-workers auto

tour: .venv/.dev
	@.ci/need chromium chromium-headless-shell fonts-noto-cjk
	@$(BIN)/python -m tour

bench: .venv/.runtime
	@.ci/need $(BENCH_PACKAGES)
	@$(BIN)/python -m bench $(BENCH)

# The stamps make reruns instant; a changed pin or a changed dependency installs again. The lists are whole, so
# that nothing need be looked for beside them; the two are installed side by side.

.venv/.runtime: constraints.txt setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing what Yitong needs into .venv ..."
	@$(INSTALL) --no-deps --require-hashes --requirement constraints.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: constraints-dev.txt constraints.txt setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need into .venv ..."
	@.ci/beyond constraints.txt constraints-dev.txt >.venv/beyond.txt
	@$(INSTALL) --no-deps --require-hashes --requirement .venv/beyond.txt & beyond=$$!; \
		$(MAKE) --no-print-directory .venv/.runtime || { kill $$beyond; exit 1; }; wait $$beyond
	@touch $@

$(BIN)/python:
	@.ci/need python3 python3-venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Choose one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv

UV := $(or $(wildcard $(BIN)/uv),uv)
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(UPGRADE)

constraints:
	@$(COMPILE) setup.cfg --extra build --extra dev --extra examples --output-file constraints-dev.txt
	@$(COMPILE) setup.cfg --extra build --extra examples --constraint constraints-dev.txt --output-file constraints.txt
