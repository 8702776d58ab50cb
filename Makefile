# make demo | test | test-slow | check | docs | bench | format | new-model NAME=x
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Processes that share the tests; those of one file stay in one process, which fits their models once.
WORKERS ?= 2
PAGES := $(BIN)/python -m sphinx -q -W --keep-going docs build/docs

.PHONY: demo test test-slow check docs bench new-model format
.DELETE_ON_ERROR:

$(BIN)/.installed: setup.cfg setup.py pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "keras_facegan needs Python 3.11 or later: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(BIN)/.tested: $(BIN)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[docs,test]'
	touch $@

demo: $(BIN)/.installed
	$(BIN)/python train.py --model pfa_gan

test: $(BIN)/.tested
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

test-slow: $(BIN)/.tested
	$(BIN)/python -m pytest -m slow

check: $(BIN)/.tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(PAGES)
	$(MAKE) --no-print-directory test

docs: $(BIN)/.tested
	$(BIN)/python -m keras_facegan.cli._model_table
	$(PAGES)
	@echo build/docs/index.html

format: $(BIN)/.tested
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(BIN)/.tested
	$(BIN)/python -m benchmarks

new-model: $(BIN)/.tested
	$(BIN)/facegan new-model $(NAME)
	$(BIN)/ruff format --quiet keras_facegan/models/$(NAME).py
