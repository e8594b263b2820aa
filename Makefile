# The commands of everyday work. Everything runs in .venv, made from requirements.lock when needed.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PLAZA := $(BIN)/plaza
# The lock is complete, so nothing is left to resolve.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
# Compiled texts are build outputs: made again when a .po changes, never committed.
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard web/locale/*/LC_MESSAGES/*.po))

.DEFAULT_GOAL := help
.PHONY: help run test coverage lint format typecheck migrate nightly demo bench docs lock clean nginx translations

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) $(CATALOGUES) nginx  ## Start everything; Ctrl-C ends it
	@exec $(PLAZA) up

test: $(READY) $(CATALOGUES)  ## Run all tests (no service needed)
	@# Browsers, clocks and whole stacks share the machine: what fails is tried once more, alone, and both are shown.
	$(BIN)/pytest -n 2 --dist loadgroup || $(BIN)/pytest --last-failed --last-failed-no-failures none

coverage: $(READY) $(CATALOGUES)  ## The same, slower, with a table of what no test ran
	@# A folder of its own for the counts of all processes, so that two runs do not take each other's.
	@counts=$$(mktemp -d) && trap 'rm -rf "$$counts"' EXIT && \
		COVERAGE_FILE=$$counts/coverage $(BIN)/pytest -n 2 --dist loadgroup --cov --cov-report=term

lint: $(READY)  ## Check style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## Bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

typecheck: $(READY)  ## Check types only
	$(BIN)/mypy

migrate: $(READY)  ## Bring the running database to the newest revision
	$(PLAZA) migrate

nightly: $(READY)  ## Run the night on the running stack
	$(PLAZA) nightly

demo: $(READY)  ## Add the demo community to the running stack
	$(PLAZA) demo

bench: $(READY)  ## Measure; writes bench.json and prints ratios
	$(BIN)/python -m tests.benchmarks

docs: $(READY)  ## Write the documentation of the marts to dbt_project/target/static_index.html
	PLAZA_WAREHOUSE=:memory: $(BIN)/dbt docs generate --static --project-dir dbt_project --profiles-dir dbt_project

translations: $(READY)  ## Gather the texts into web/locale, list what has no translation, compile
	$(PLAZA) translations

%.mo: %.po | $(READY)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

lock: $(READY)  ## Resolve setup.py anew into requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --extra dev --output-file requirements.lock setup.py

clean:  ## Delete what tools leave behind (data in var/ and .venv stay)
	rm -rf build dist htmlcov .coverage .coverage.* coverage.xml .hypothesis .mypy_cache .pytest_cache \
		.ruff_cache .import_linter_cache dbt_project/target dbt_project/logs logs
	find . -path ./.venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf

# nginx is the front door when it is there; root on Debian gets it, everybody else goes on without.
# (RUNLEVEL=1 keeps the package from starting a server of its own on port 80.)
nginx:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! command -v nginx >/dev/null; then \
		echo "installing nginx ..."; \
		(apt-get update && RUNLEVEL=1 apt-get install -y --no-install-recommends nginx) >/dev/null 2>&1 \
			|| echo "nginx could not be installed; going on without"; \
	fi

$(READY): requirements.lock setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Plaza needs Python 3.11 or later; $(PYTHON) is older (set PYTHON=...)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the packages of requirements.lock (a few minutes the first time) ..."
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --editable .
	@touch $@
