# Clearbench. `make` alone lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run test check bench story system requirements messages screenshots clean
PY := .venv/bin/python

help: ## list these targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## install what is missing, then the demo school with everything on this machine; Ctrl-C stops it
	@scripts/setup.sh run
	@$(PY) -m scripts.supervisor

test: ## install what is missing, then all checks and the whole suite on SQLite and on PostgreSQL
	@scripts/setup.sh test
	@scripts/test.sh

check: ## style, types, import contracts, migrations, deploy checks, templates, translations
	@scripts/setup.sh test
	@scripts/check.sh

bench: ## measure speed on this machine (JSON lines)
	@scripts/setup.sh test
	@$(PY) -m bench

story: ## the main job from a stranger to charged fen and farewell, headless, in plain words
	@scripts/setup.sh test
	@$(PY) -m scripts.story

system: ## install the Debian packages that running and testing want, nothing else
	@scripts/setup.sh system

requirements: ## compile requirements/*.in to hashed pins for every supported Python and platform
	@scripts/setup.sh test
	@scripts/requirements.sh

messages: ## read the marked strings into the catalogues and compile them; lists what has no Chinese yet
	@scripts/setup.sh test
	@$(PY) -m scripts.messages

screenshots: ## pictures of every page of a running `make run`, checked for overflow, accessibility and CSP
	@scripts/setup.sh test
	@$(PY) scripts/screenshots.py --url "$$($(PY) -c 'import json; print(json.load(open("var/run.json"))["url"])')" --logins var/run.json --out var/screenshots

clean: ## forget caches; keeps .venv and the demo's data in var/
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov test-results
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
