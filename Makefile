# Two commands matter on a bare machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TRUCKS ?=
SPEED  ?=
SEED   ?=
ARGS   ?=

.PHONY: setup services demo test check bench format lock

setup: $(VENV)/.dev

# The demo needs no test tools, so that a first look is quick.
$(VENV)/.run: requirements/run.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
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

# Three at a time, a module to a worker: on two cores, since half of the time is waiting. Branches are
# counted where the rules are tested; tracing the rest would cost half as much again.
# With ARGS, pytest alone: make test ARGS="tests/unit -q"
test: setup services
ifeq ($(ARGS),)
	$(BIN)/python -m pytest -n 3 --dist loadscope tests/unit --cov
	$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder tests/scenarios tests/browser tests/integration
else
	$(BIN)/python -m pytest $(ARGS)
endif

bench: setup services
	$(BIN)/python -m tests.bench $(ARGS)

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# After a change of dependencies in pyproject.toml. Needs uv; writes no index line.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra simulators --extra build -o requirements/run.lock pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev --extra build -c requirements/run.lock -o requirements/dev.lock pyproject.toml
