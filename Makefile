# ovntrace: `make demo` needs no root; `make test` installs what the tests need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-newest lint bench conformance conformance-packets clean system-packages

$(VENV)/.runtime: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

demo: $(VENV)/.runtime
	@$(BIN)/ovntrace explain tinypod -n llm-demo --from examples/llm-demo.tar.gz
	@$(BIN)/ovntrace explain vm/centos-stream9-gold-rabbit-80 -n llm-demo --from examples/llm-demo.tar.gz

system-packages:
	tests/install-debian-packages

test: $(VENV)/.test system-packages lint
	$(BIN)/python -m pytest -n 2 --dist loadgroup

# The newest OVN comes from a suite that moves: says so where it can't be had.
test-newest: $(VENV)/.test system-packages
	OVNTRACE_NEWEST=1 $(BIN)/python -m pytest -k newest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The long comparison with real OVN, half an hour; it writes docs/conformance.md.
conformance: $(VENV)/.test system-packages
	$(BIN)/python -m tests.match.conformance --count 100000
	$(BIN)/python -m tests.verdict.conformance --sets 500 --flows 40

# Real packets through the lab, as root, five minutes; it writes docs/conformance.md too.
conformance-packets: $(VENV)/.test system-packages
	$(BIN)/python -m tests.verdict.packet_conformance --sets 100 --flows 30

bench: $(VENV)/.test system-packages
	$(BIN)/pip install --quiet -e ".[bench]"
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
