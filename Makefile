# `make` lists the targets. Variables: PYTHON (to build .venv from), TORCH_INDEX (see deploy/setup.sh),
# WORKERS (test processes), TESTS (what `make test` runs), ARGS (further options for pytest or the benchmarks),
# ONESHOT and PORT (see deploy/demo.sh).
SHELL := /bin/bash
PYTHON ?= python3
WORKERS ?= 3
TESTS ?= tests
ARGS ?=

PY := .venv/bin/python
STAMP := .venv/.setup-stamp

export PYTHON TORCH_INDEX ONESHOT PORT
# Some hundred processes import the same modules: they are compiled once.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint format docs pictures messages bench coverage test-gpu clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make .venv and install what is missing

$(STAMP): pyproject.toml constraints.txt deploy/setup.sh
	@deploy/setup.sh

demo: setup  ## run the service on a demo course until Ctrl-C (ONESHOT=1: stop after the scores)
	@deploy/demo.sh

test: lint  ## lint, then all tests
	$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not gpu" $(TESTS) $(ARGS)

check: lint  ## lint, then the tests that start nothing: the arithmetic, formats and rules, in a minute
	$(PY) -m pytest -n 2 --dist loadfile -m pure $(TESTS) $(ARGS)

lint: setup  ## ruff, its formatter and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: setup  ## format the code and fix what lint can fix
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

docs: setup  ## write docs/mistakes.md, the list of known mistakes
	$(PY) -m grader.render.mistakes_page > docs/mistakes.md

pictures: setup  ## draw the pictures of docs/design.md
	$(PY) -m tests.drawing

messages: setup  ## extract the texts of pages and messages for translators
	$(PY) -m tests.messages grader/locale/chainrule.pot

bench: setup  ## measure a grading against the usual procedures
	$(PY) -m benchmarks $(ARGS)

coverage: setup  ## the lines that the tests reach, but for the slow ones (not followed into boxes)
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
	    -m "not gpu and not slow" $(TESTS) $(ARGS)
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report --skip-covered --sort cover

test-gpu: setup  ## the tests that need a CUDA card
	@if $(PY) -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then \
	    $(PY) -m pytest -m gpu $(TESTS) $(ARGS); \
	else \
	    echo "test-gpu: no GPU tests were run, because torch finds no CUDA device on this machine."; \
	fi

clean:  ## remove what builds and tests leave behind (not .venv)
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
