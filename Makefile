# Every target sets up what it needs in .venv; plain Python and pip suffice.

PYTHON ?= python3
# Tests wait a lot, for sockets and processes: two for each core keep it busy.
WORKERS = $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')
# How long `make train` trains.
MINUTES ?= 60
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-browser test-docker test-training lint bench chaos docs train clean

help: ## Show the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Atelier needs Python 3.11 or newer; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.local: pyproject.toml $(VENV)/.created
	$(PIP) --editable '.[local]'
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.created
	$(PIP) --editable '.[local,deploy,dev]'
	@touch $@ $(VENV)/.local

$(VENV)/.browser: pyproject.toml $(VENV)/.created
	$(PIP) --editable '.[local,deploy,dev,page,browser]'
	@touch $@ $(VENV)/.dev $(VENV)/.local

$(VENV)/.docs: pyproject.toml $(VENV)/.created
	$(PIP) --editable '.[docs]'
	@touch $@

$(VENV)/.train: pyproject.toml $(VENV)/.created
	$(PIP) --editable '.[local,dev,train]'
	@touch $@

setup: $(VENV)/.local ## Install Atelier with its embedded engine into .venv.
	@echo "Ready: $(BIN)/atelier --help"

demo: $(VENV)/.local ## Draw a first picture on the CPU.
	$(BIN)/atelier generate "a watercolor of green hills at sunset, with clouds" --seed 7 --out demo/first-picture.png

test: $(VENV)/.dev ## Run the tests.
	$(BIN)/python -m pytest --quiet --numprocesses $(WORKERS) -m "not browser and not docker"

test-browser: $(VENV)/.browser ## Drive the stock page in the system's Chromium, also behind nginx.
	$(BIN)/python -m pytest --quiet -m browser

test-docker: $(VENV)/.browser ## Build and run a deployment in containers for real; needs Docker and Compose.
	$(BIN)/python -m pytest --quiet -m docker

test-training: $(VENV)/.train ## Run the tests of the training code; needs torch.
	$(BIN)/python -m pytest --quiet training/tests

lint: $(VENV)/.dev ## Check style and types.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/.dev ## Measure speed and size; prints a table and writes benchmarks/results.json.
	$(BIN)/python -m benchmarks

chaos: $(VENV)/.dev ## Break the service and its engine on purpose, some 320 times; writes docs/reference/chaos.md.
	$(BIN)/python -m benchmarks.chaos --write

docs: $(VENV)/.docs ## Build the documentation into site/.
	$(BIN)/zensical build --clean --strict

train: $(VENV)/.train ## Train the embedded model on, for MINUTES (60) of learning.
	$(BIN)/python -m training all --minutes $(MINUTES)

clean: ## Remove everything that the other targets made.
	rm -rf $(VENV) build dist site demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
