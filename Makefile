# Meterlake. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUNNABLE := $(VENV)/.runnable
PORT ?= 8099
DATA ?= .meterlake
CONSOLE := chalicelib/console/index.html
CONSOLE_SOURCES := $(shell find infra/console -name node_modules -prune -o -type f -not -name schema.d.ts -print)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install run console pictures test coverage lint measure mutate format openapi bench lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install: $(READY) $(CONSOLE) ## Make .venv and install everything into it (locked, with hashes)

$(READY): requirements-dev.txt requirements-rie.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Meterlake needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps --upgrade --target $(VENV)/rie -r requirements-rie.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	touch $(READY)

$(RUNNABLE): requirements-run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Meterlake needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what running needs: about 400 MB, half a minute on a fast line, some on a slow one"
	test -e $(READY) || $(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements-run.txt
	test -e $(READY) || $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	touch $(RUNNABLE)

$(CONSOLE): $(CONSOLE_SOURCES) chalicelib/openapi.json
	@$(BIN)/python -m infra.console.build

console: $(RUNNABLE) ## Build the console, the page for people (needs the npm registry once)
	$(BIN)/python -m infra.console.build

run: $(RUNNABLE) $(CONSOLE) ## Serve on this machine; DEMO=1 loads 30 days of demo calls first
	$(BIN)/meterlake up --port $(PORT) --data $(DATA) $(if $(DEMO),--demo)

test: install lint ## Run all tests; nothing leaves this machine
	$(BIN)/pytest

coverage: install ## Run all tests and measure the branches they take; fails below the bar
	$(BIN)/pytest --cov --cov-report=term:skip-covered

lint: install ## Style, types, and the checked-in contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/meterlake openapi --check

measure: install ## How the code reads, in figures
	$(BIN)/python -m tests.structure.measure

mutate: install ## Put small faults in and see the tests fail; ONLY="words" chooses
	$(BIN)/python -m tests.mutants $(ONLY)

format: install ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: install ## Write chalicelib/openapi.json from the doors
	$(BIN)/meterlake openapi

pictures: install ## Draw docs/console.png from the demo, in Chromium
	$(BIN)/python -m tests.console.draw

bench: install ## Measure against peers; writes tests/bench/RESULTS.md
	$(BIN)/python -m tests.bench

lock: ## Lock the dependencies: with hashes, nothing younger than a week
	uvx="$$(command -v uv)" && for lock in "txt" "run.txt --extra local --extra console" "dev.txt --all-extras"; do \
	  set -- $$lock; name="$$1"; shift; \
	  $$uvx pip compile --quiet --universal --no-strip-extras --generate-hashes \
	    --python-version 3.11 --upgrade \
	    --exclude-newer "$$(date -u -d '7 days ago' +%Y-%m-%d)" --custom-compile-command "make lock" \
	    "$$@" pyproject.toml -o requirements$$(test "$$name" = txt && echo . || echo -)$$name; done; \
	$$uvx pip compile --quiet --universal --no-deps --generate-hashes --python-version 3.11 --upgrade \
	  --exclude-newer "$$(date -u -d '7 days ago' +%Y-%m-%d)" --custom-compile-command "make lock" \
	  requirements-rie.in -o requirements-rie.txt

clean: ## Remove what the targets made; the data folder stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info chalicelib/console infra/console/node_modules
