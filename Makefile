# Everything about this project is one of these commands. `make help` lists them.
# Written for GNU make 3.81 and a plain sh, so that it runs on macOS as it comes.

BIN := .venv/bin
UV := $(BIN)/uv
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run dev test check format rules docs clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 9

run: .venv/.run-ready ## start the service with a live demo campaign
	$(BIN)/fairdial serve --demo

dev: .venv/.dev-ready ## install the tools that `test` and `check` need

test: dev ## run every test, browser and PostgreSQL included
	$(BIN)/python -m tests.browser install
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

check: dev ## style, types, layers, event schemas, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q tests/unit/app/test_event_commands.py
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs

format: dev ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

rules: .venv/.run-ready ## write the documentation's page of rules by place anew
	$(BIN)/fairdial rules docs > docs/rules.md

docs: dev ## build the documentation into build/docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs build/docs

clean: ## remove what the other commands made
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# ---------------------------------------------------------------------------------------- set-up
# Each stamp is made anew when the lock or the project file is newer. `--inexact`: what the other
# stamp installed stays. `--frozen`: exactly the lock's versions, each checked against its hash.

.venv/.run-ready: .venv/.uv-ready uv.lock pyproject.toml
	$(UV) sync --quiet --frozen --inexact --compile-bytecode --no-dev
	@touch $@

.venv/.dev-ready: .venv/.uv-ready uv.lock pyproject.toml
	$(UV) sync --quiet --frozen --inexact --compile-bytecode
	@touch $@ .venv/.run-ready

.venv/.uv-ready: .ci/make-venv .ci/uv.txt
	.ci/make-venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/uv.txt
	@touch $@
