# Two commands matter on a bare machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TRUCKS ?=
SPEED  ?=
SEED   ?=
ARGS   ?=
DIST   ?= dist

.PHONY: setup services demo test check bench format lock verifier deb

setup: $(VENV)/.dev

# A lock names every package that is needed, extras included, and pip works out nothing by itself:
# what is released tomorrow cannot break what was locked today.
PINNED := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

# The demo needs no test tools, so that a first look is quick.
$(VENV)/.run: requirements/simulators.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PINNED) --require-hashes -r requirements/simulators.lock
	$(PINNED) --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	$(PINNED) --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip check --disable-pip-version-check
	touch $@

# Mosquitto, PostgreSQL and Chromium from Debian's packages, only what is missing.
services:
	sh deploy/install-test-services.sh

demo: $(VENV)/.run
	$(BIN)/taigan-sim demo $(if $(TRUCKS),--trucks $(TRUCKS)) $(if $(SPEED),--speed $(SPEED)) $(if $(SEED),--seed $(SEED)) $(ARGS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/unit/test_tidy.py

# A module to a worker, and more workers than cores, since most of the time is waiting. Branches are
# counted where the rules are tested; tracing the rest would cost half as much again.
# With ARGS, pytest alone: make test ARGS="tests/unit -q"
test: setup services
ifeq ($(ARGS),)
	$(BIN)/python -m pytest -n 3 --dist loadscope tests/unit tests/wire --cov
	$(BIN)/python -m pytest -n 5 --dist loadscope --no-loadscope-reorder tests/scenarios tests/install tests/browser tests/attacks tests/integration
else
	$(BIN)/python -m pytest $(ARGS)
endif

bench: setup services
	$(BIN)/python -m tests.bench $(ARGS)

# One file to carry, which needs Python and `cryptography`: the same sources give the same bytes.
verifier: $(VENV)/.run
	$(BIN)/python -m settlement.verify.pack dist/taigan-verify.pyz

# Packages for this Debian, dist/*.deb; each holds an environment with its locked wheels.
deb:
	DIST=$(DIST) sh deploy/debian/build.sh

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# After a change of dependencies in pyproject.toml: one lock for each program, all with the same
# versions. Needs uv; writes no index line. With ARGS=--upgrade, to the newest versions.
LOCK := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --extra build
lock:
	$(LOCK) $(ARGS) --extra dev -o requirements/dev.lock pyproject.toml
	for program in edge gateway settlement simulators; do $(LOCK) -c requirements/dev.lock --extra $$program -o requirements/$$program.lock pyproject.toml || exit; done
