# The commands of this project; `make help` lists them. A fresh machine needs Python 3.11 or newer,
# and Go for the real agents.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup run test test-socket test-clients check lint format clients bench build clean

help: ## Say what each command does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/' | column -t -s "$$(printf '\t')"

setup: $(STAMP) ## Make the virtual environment and install everything in it

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable . --group dev
	$(BIN)/python -m compileall -q server
	touch $@

run: setup ## Serve a seeded sandbox until Ctrl-C
	@$(BIN)/mock-buildkite serve

test: setup clients ## Run all tests, with every real agent there is
	$(BIN)/pytest --numprocesses auto

test-socket: setup ## Run the in-process tests once more over a real port
	MOCK_BUILDKITE_TEST_SOCKET=1 $(BIN)/pytest --numprocesses auto -m 'not real_agent'

test-clients: setup clients ## Run the tests with real agents alone
	$(BIN)/pytest -m real_agent

check: lint test ## What CI runs: format, lint, types, all tests

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup ## Format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clients: ## Build the real agents for the tests into .clients/
	@if [ "$$CI" = true ] || command -v go >/dev/null; then tests/clients/agent/build; \
	else echo 'No Go here: tests with real agents run with those on PATH only' >&2; fi

bench: setup ## Measure speed against a bare Starlette application in the same run
	@command -v wrk >/dev/null || { echo 'The benchmarks need wrk (apt-get install wrk)' >&2; exit 1; }
	$(BIN)/python -m bench

build: setup ## Build the wheel and try it alone in an environment of its own
	rm -rf dist
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .
	tests/wheel/try dist/*.whl

clean: ## Remove what the other commands made
	rm -rf $(VENV) .clients dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
