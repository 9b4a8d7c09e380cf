# `make` lists what there is. `make up` runs Gabarito; `make test` proves it.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# TensorFlow has wheels for Python 3.11 to 3.13; the first of these that fits is used.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo "$$p" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
# Where it is set, every process that is started compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

.PHONY: help setup setup-dev up test test-unit test-integration e2e check fmt lint type imports docs lock build compose-up down logs clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Gabarito needs Python 3.11, 3.12 or 3.13; this machine has: $$(python3 --version 2>&1). Say where one is: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "No virtual environment could be made. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

# A copy of the lock file that was installed: pip runs again only when it changed.
define install
	@cmp -s requirements/$(1).txt $(VENV)/.$(1).installed || { \
		echo "Installing requirements/$(1).txt into $(VENV)"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements/$(1).txt \
		&& cp requirements/$(1).txt $(VENV)/.$(1).installed; }
endef

setup: | $(BIN)/python ## Make the virtual environment that runs the services.
	$(call install,run)

setup-dev: | $(BIN)/python ## The same, with the tools of the tests.
	$(call install,dev)
	@cp requirements/run.txt $(VENV)/.run.installed  # dev holds all of run

up: setup ## Train, serve and mark: start the three services here; Ctrl-C stops them.
	@VENV="$(VENV)" local/up

test: setup-dev check test-unit test-integration e2e ## Everything that CI runs.

test-unit: setup-dev ## Pure code: seconds, no TensorFlow.
	$(BIN)/python -m pytest tests/unit --quiet --numprocesses 2

test-integration: setup-dev ## Real Keras, real files, real servers on loopback.
	$(BIN)/python -m pytest tests/integration --quiet --numprocesses 2 --dist loadfile --no-loadscope-reorder

e2e: setup-dev ## The whole system, as a user starts it.
	$(BIN)/python -m pytest tests/e2e --quiet --numprocesses 2

check: lint type imports ## Style, types and the direction of imports.

fmt: setup-dev ## Format the code.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

type: setup-dev
	$(BIN)/mypy

imports: setup-dev
	$(BIN)/lint-imports

docs: setup-dev ## Write the reference pages from the code.
	$(BIN)/python -m docs.generate

lock: | $(BIN)/python ## Resolve pyproject.toml into the lock files.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/lock.txt
	PATH="$(BIN):$$PATH" requirements/lock

build: ## Build the three images.
	$(COMPOSE) build

compose-up: ## Start the three services in containers.
	$(COMPOSE) up --build --detach

down: ## Stop the containers; the volume stays.
	$(COMPOSE) down

logs: ## Follow the containers' logs.
	$(COMPOSE) logs --follow

clean: ## Remove the virtual environment and caches; models and data stay.
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
