# Two commands on a fresh machine: make demo, make test. Needs git, make and Python 3.11 or newer.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench soak table golden schemas clean

# Every line and branch of the core is covered by its own tests; the others run without being counted,
# three times as fast.
OF_THE_CORE := tests/core tests/test_china_volume.py tests/test_china_volume_by_day.py tests/test_splits.py tests/test_lives.py

demo: .venv/ready
	@$(BIN)/chipledger demo

test: .venv/ready
	$(BIN)/pytest -q -n auto --dist loadfile $(OF_THE_CORE) --cov --cov-report=term-missing:skip-covered --cov-fail-under=100
	$(BIN)/pytest -q -n auto tests $(addprefix --ignore=,$(OF_THE_CORE))

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready
	$(BIN)/python -m benchmarks

# Random lives, races and crashes with other seeds, all at once for SOAK_SECONDS: docs/testing.md.
SOAK_SECONDS ?= 600
soak: .venv/ready
	CHIPLEDGER_SOAK_SECONDS=$(SOAK_SECONDS) $(BIN)/pytest -q -rP -n 6 tests/machines $(wildcard tests/crash)

# Every row of the decision table, some five minutes; `make test` takes one group in eight.
table: .venv/ready
	CHIPLEDGER_ONE_GROUP_IN=1 $(BIN)/pytest -q -n auto tests/reference/test_decision_table.py

# Rewrites what tests compare with: read the diff before you commit it.
golden: .venv/ready
	$(BIN)/pytest -q -n auto --update-golden

schemas: .venv/ready
	$(BIN)/pytest -q --update-golden tests/service/test_schemas.py

clean:
	rm -rf .venv

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "chipledger needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
