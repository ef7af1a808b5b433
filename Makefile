# `make help` shows what there is. Each target sets up what it needs, and is quick the second time.
.DEFAULT_GOAL := help
.PHONY: help setup run test soak lint bench locks clean
PYTHON := .venv/bin/python
PACKAGES := slrt bot console actions referral registry nlu storage templates

help: ## Show this help
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: ## Install the product and Rasa
	@tools/setup.sh product rasa

run: setup ## Run everything, with sample data and a chat page
	@$(PYTHON) -m slrt run

test: ## Run all checks and tests, those with the real processes too
	@tools/setup.sh dev rasa chromium
	@$(MAKE) --no-print-directory lint
	$(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadfile

soak: ## Run the long runs in full (200 deaths of the bot, chaos among 3,000 referrals, 100,000 turns, the API)
	@tools/setup.sh dev rasa chromium
	$(PYTHON) -m pytest --soak tests/acceptance/test_kills.py tests/acceptance/test_chaos.py tests/bot/conversation/test_random_walk.py tests/console/api/test_conformance.py

lint: ## Style, types and import rules
	@tools/setup.sh dev rasa
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m mypy --config-file nlu/mypy.ini --python-executable .venv-rasa/bin/python
	.venv/bin/lint-imports

bench: ## Measure, and print the tables of docs/benchmarks.md
	@tools/setup.sh bench rasa
	$(PYTHON) -m tests.bench

locks: ## Renew the pinned requirement files
	uv pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.12 requirements/product.in -o requirements/product.txt
	uv pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.12 requirements/dev.in -o requirements/dev.txt -c requirements/product.txt
	uv pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.12 requirements/bench.in -o requirements/bench.txt -c requirements/dev.txt
	uv pip compile --quiet --upgrade --generate-hashes --no-header --python-version 3.10 requirements/rasa.in -o requirements/rasa.txt

clean: ## Remove the environments and caches; the data folder stays
	rm -rf .venv .venv-rasa .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis .rasa
