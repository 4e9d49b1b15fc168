# `make help` lists what there is. The work is done by scripts/; this file knows what depends on what.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV    := .venv
BIN     := $(VENV)/bin
PYTHON  := $(BIN)/python
STAMPS  := $(VENV)/.stamps
WIDGET  := src/kefu/server/static/widget
ENCODER := packages/kefu-encoder/src/kefu_encoder
WORKERS ?= 2

# Tools that the environment brings (node among them) come first, the virtual environment's before the machine's.
export PATH := $(CURDIR)/$(BIN):$(PATH)

LOCKS       := $(wildcard requirements/*.lock)
PROJECTS    := pyproject.toml $(wildcard packages/*/pyproject.toml plugins/*/pyproject.toml)
WEB_SOURCES := $(shell find web \( -name node_modules -o -name e2e \) -prune -o -type f ! -name '*.test.ts*' -print 2>/dev/null)
CODE        := $(shell for d in src packages/*/src packages/*/tests plugins/*/src plugins/*/tests tests evals benchmarks scripts; do \
                 [ -n "$$(find $$d -name '*.py' -print -quit 2>/dev/null)" ] && echo $$d; done; true)

.PHONY: help setup demo test test-python test-web check lint types layers architecture web-check openapi fmt lock bench chaos eval eval-encoder eval-shop clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 16

# ── set up ─────────────────────────────────────────────────────────────────────────────────────────────────────────

setup: $(STAMPS)/projects $(STAMPS)/encoder $(STAMPS)/web ## a working .venv, the encoder's model and the built widget
	@echo "setup: ready (. .venv/bin/activate)"

$(STAMPS)/python: $(LOCKS) scripts/setup.sh
	@scripts/setup.sh python

$(STAMPS)/projects: $(PROJECTS) $(STAMPS)/python
	@scripts/setup.sh projects

$(STAMPS)/encoder: $(wildcard $(ENCODER)/*.py) $(wildcard $(ENCODER)/data/*) $(STAMPS)/projects $(if $(wildcard $(ENCODER)/model/manifest.json),,FORCE)
	@scripts/setup.sh encoder

$(STAMPS)/node-modules: web/package-lock.json $(STAMPS)/python $(if $(wildcard web/node_modules),,FORCE)
	@scripts/setup.sh node-modules

$(STAMPS)/web: $(WEB_SOURCES) $(STAMPS)/node-modules $(if $(wildcard $(WIDGET)/index.html),,FORCE)
	@scripts/setup.sh web

FORCE:

# ── use ────────────────────────────────────────────────────────────────────────────────────────────────────────────

demo: setup ## the demo shop with the chat widget on http://127.0.0.1:8000
	@exec kefu demo

bench: setup ## speed and cost, as ratios to a floor measured in the same run
	@$(PYTHON) -m benchmarks
	@$(PYTHON) -m benchmarks.knowledge_scale

chaos: setup ## kill, cut off, freeze and starve real servers a hundred times: the proof of reliability
	@scripts/services.sh
	@KEFU_TEST_CHAOS_ROUNDS=$(or $(ROUNDS),100) $(PYTHON) -m pytest -n $(WORKERS) --dist worksteal -rA tests/reliability

eval: setup ## answer quality, scored against our own questions
	@$(PYTHON) -m evals

eval-shop: setup ## the shop plugin against the retail environment of τ-bench (KEFU_DATA)
	@$(PYTHON) -m evals.shop

eval-encoder: setup ## what the sentence encoder knows, on public sets (KEFU_DATA)
	@$(PYTHON) -m evals.encoder $(ARGS)

# ── test ───────────────────────────────────────────────────────────────────────────────────────────────────────────

test: setup test-python test-web ## all tests: Python, browser, web units

test-python: $(STAMPS)/projects
	@scripts/browser.sh
	@scripts/services.sh
	@$(PYTHON) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-web: $(STAMPS)/node-modules
	@echo "web: unit tests"
	@npm --prefix web test

# ── check ──────────────────────────────────────────────────────────────────────────────────────────────────────────

check: setup lint types layers architecture web-check openapi ## every gate of CONTRIBUTING.md

lint: $(STAMPS)/projects
	@echo "ruff: rules and format"
	@ruff check --quiet .
	@ruff format --quiet --check .

types: $(STAMPS)/projects
	@echo "mypy: $(CODE)"
	@mypy $(CODE)

layers: $(STAMPS)/projects
	@echo "import-linter: the layers"
	@lint-imports

architecture: $(STAMPS)/projects
	@echo "architecture, documents, migrations"
	@$(PYTHON) -m pytest -q tests/architecture tests/docs

web-check: $(STAMPS)/web
	@echo "web: lint, types, size"
	@npm --prefix web run --silent lint
	@npm --prefix web run --silent typecheck
	@npm --prefix web run --silent size

openapi: $(STAMPS)/node-modules $(STAMPS)/projects
	@echo "OpenAPI document and generated client"
	@kefu openapi --check docs/api/openapi.json
	@scripts/check-client.sh

# ── keep ───────────────────────────────────────────────────────────────────────────────────────────────────────────

fmt: $(STAMPS)/projects ## format, and mend what ruff can mend
	@ruff check --quiet --fix-only .
	@ruff format .

lock: $(STAMPS)/python ## write requirements/*.lock anew from the .in and pyproject files
	@scripts/lock.sh

clean: ## remove everything that setup made
	rm -rf $(VENV) $(WIDGET) $(ENCODER)/model web/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
