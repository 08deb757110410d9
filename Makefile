# make demo | test | lint | docs | docs-serve; each first makes the environment in .venv if there is none.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.pointrecon-ready
BUILD_DOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

.PHONY: demo test lint docs docs-serve

demo: $(READY)
	$(BIN)/pointrecon demo --overwrite

test: $(READY)
	$(BIN)/python -m pytest -n auto --maxprocesses 8

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BUILD_DOCS)

# site/: opens from disk. A link that leads nowhere, or a page outside the navigation, is an error.
docs: $(READY)
	$(BUILD_DOCS)

docs-serve: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

# One pip call with the constraints: torch stays the pinned build whatever else asks for it. An existing .venv is
# used (one left half-made by an interrupt is mended), and nothing is installed again until what to install changes.
$(READY): pyproject.toml constraints.txt
	@echo "preparing .venv (once, a few minutes)"
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt torch -e '.[dev]'
	touch $@
