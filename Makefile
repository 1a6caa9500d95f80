# Two commands: `make demo` shows it, `make test` proves it. Both set everything up by themselves.
PYTHON ?= python3
PORT   ?= 8000
METERS ?= 200
DAYS   ?= 400
VENV   := .venv
PY     := $(VENV)/bin/python

.PHONY: help demo test check bench lock format

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: $(VENV)/.run ## a town of meters, the site and the pushes, on this machine
	@$(PY) -m tools.messages compile
	@PORT=$(PORT) METERS=$(METERS) DAYS=$(DAYS) exec $(PY) manage.py demo

test: $(VENV)/.test ## all checks and tests, in real browsers too (PYTEST="..." chooses)
	@tools/browsers
	@$(MAKE) --no-print-directory check
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST)

check: $(VENV)/.test ## what each commit passes: format, lint, types, layers, budgets, Bangla
	@$(VENV)/bin/ruff format --check --quiet . || { echo "Some files are not formatted: make format"; exit 1; }
	@$(VENV)/bin/ruff check --quiet .
	@$(PY) -m mypy
	@$(PY) -m pytest -q tests/test_house.py

bench: $(VENV)/.test ## measure, side by side; writes build/bench.json
	@$(PY) -m bench

format: $(VENV)/.test ## format the code and mend what lint can
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

lock: $(VENV)/.test ## new exact versions from pyproject.toml
	@$(VENV)/bin/pip-compile -q -U --strip-extras --no-header --no-emit-index-url --no-emit-find-links --extra demo -o requirements/run.txt pyproject.toml
	@$(VENV)/bin/pip-compile -q -U --strip-extras --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links -c requirements/run.txt --extra test --extra check -o requirements/test.txt pyproject.toml

$(VENV)/bin/pip:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. On Debian: sudo apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Bijoli needs Python 3.11 or newer; this is $$($(PYTHON) --version). Say: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv is missing. On Debian: sudo apt-get install python3-venv"; exit 1; }

$(VENV)/.run: requirements/run.txt | $(VENV)/bin/pip
	@tools/install $(VENV) requirements/run.txt
	@touch $@

$(VENV)/.test: requirements/test.txt | $(VENV)/bin/pip
	@tools/install $(VENV) requirements/test.txt
	@touch $@ $(VENV)/.run
