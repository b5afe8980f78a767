# `make` lists the verbs. What a verb needs is made first, once; .state/ remembers.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PORT ?= 8000
DATA ?= .stal
PYTEST_ARGS ?=
# A process a core, each with a thread; in the order of collection, for the slow files come before the many quick ones.
SIDE_BY_SIDE ?= -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

BIN := .venv/bin
NPM := cd frontend && PATH="$(CURDIR)/$(BIN):$$PATH" npm
FRONTEND_SOURCES := $(shell find frontend/src frontend/public -type f 2>/dev/null) \
  $(wildcard frontend/*.ts frontend/*.js frontend/*.json frontend/index.html)
# Tests and settings of a developer's own installation must not meet.
unexport STAL_URL STAL_TOKEN
# Where it is set, every start of a worker compiles torch anew: 10 s of CPU in place of 4.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup frontend demo up test test-pythons test-compose sbom check format dev bench client lock migration clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .state/packages ## install everything into .venv

frontend: frontend/dist/index.html ## build the browser app

demo: setup frontend ## run the demo until Ctrl-C (PORT=8000 DATA=.stal)
	@exec $(BIN)/stal demo --port $(PORT) --data $(DATA)

up: setup frontend ## run an empty installation until Ctrl-C (PORT=8000 DATA=.stal)
	@exec $(BIN)/stal up --port $(PORT) --data $(DATA)

test: check frontend .state/chromium ## all that must hold: make check, and every test
	CHROMIUM="$${CHROMIUM:-$$(cat .state/chromium)}" OMP_NUM_THREADS=1 $(BIN)/pytest $(SIDE_BY_SIDE) $(PYTEST_ARGS)

test-pythons: ## set up, import every module and run the unit tests on Python 3.11 to 3.14 (VERSIONS="3.12 3.14")
	PYTEST_ARGS="$(SIDE_BY_SIDE) $(PYTEST_ARGS)" scripts/test-pythons $(VERSIONS)

test-compose: setup ## docker-compose.yml on a real container engine, which is made where there is none (some 20 minutes)
	scripts/compose-engine up
	scripts/compose-engine run $(BIN)/pytest tests/compose -x $(PYTEST_ARGS)

sbom: setup ## what is in the images stal-api and stal-worker, as build/NAME.spdx.json
	@mkdir -p build
	for image in stal-api stal-worker; do \
	  scripts/compose-engine run $(BIN)/syft scan docker:$$image --quiet --output spdx-json=build/$$image.spdx.json || exit 1; \
	done

check: setup .state/node-packages ## the quick part: format, lint, types, layers, client, migrations, browser app
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/stal openapi | diff -u frontend/openapi.json - || { echo "The API has changed: run make client." >&2; exit 1; }
	$(NPM) run --silent client:check
	scripts/check-migrations
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	$(NPM) run --silent check

format: setup .state/node-packages ## rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run --silent format

dev: setup .state/node-packages ## an installation, and the browser app reloading as you edit it
	@$(MAKE) --no-print-directory -j2 up dev-frontend

.PHONY: dev-frontend
dev-frontend:
	$(NPM) run dev

bench: setup ## run a benchmark (NAME=scoring ARGS=--quick)
	$(BIN)/python -m benchmarks.$(NAME) $(ARGS)

client: setup .state/node-packages ## remake the browser's client from the API
	$(BIN)/stal openapi > frontend/openapi.json
	$(NPM) run --silent client

lock: setup ## resolve requirements.lock anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras --no-build --upgrade \
	  --no-header --output-file requirements.lock pyproject.toml
	@! grep -nE '(https?|file)://|^--' requirements.lock

migration: setup ## write a migration from the changed tables (NAME=add_reviews)
	@test -n "$(NAME)" || { echo "Say what it does: make migration NAME=add_reviews" >&2; exit 1; }
	scripts/new-migration "$(NAME)"

clean: ## forget what was built; data in .stal stays
	rm -rf .venv .state frontend/dist frontend/node_modules build *.egg-info .mypy_cache .ruff_cache .pytest_cache

.state/packages: requirements.lock pyproject.toml scripts/setup-venv
	@echo "Installing packages into .venv (the first time this takes a few minutes)"
	@scripts/setup-venv
	@mkdir -p .state && touch $@

.state/node: .state/packages scripts/setup-node
	@scripts/setup-node
	@touch $@

.state/node-packages: frontend/package-lock.json .state/node
	@echo "Installing the browser app's packages"
	@$(NPM) ci --silent --no-audit --no-fund
	@touch $@

.state/chromium: .state/packages scripts/find-chromium
	@scripts/find-chromium > $@

frontend/dist/index.html: $(FRONTEND_SOURCES) .state/node-packages
	@echo "Building the browser app"
	@$(NPM) run --silent build
	@touch $@
