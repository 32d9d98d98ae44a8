# make demo    everything from nothing to text events and an annotated video
# make test    everything from nothing to all tests
# make check   format, lint, types, layers, tests with coverage
# make bench   speed, CPU and memory on made clips, or on CLIPS, beside RapidOCR over every frame: a table to paste
# make soak    half an hour of cameras behind a bad network, and stage processes that are killed: MINUTES=30
# make clean   removes what these made
#
# make PYTHON=/path/to/python3.12 ... chooses the interpreter; 3.11, 3.12 and 3.13 will do.

VENV := .venv
BIN := $(VENV)/bin
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c '$(SUPPORTED)' 2>/dev/null && echo $(name))) python3)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

PURE := bodies pausing masking reasons messages endpoints configfile overrides presets wire metrics pulse mediatime polygons geometry greys searching \
	regions gate annotate backoff dropping turnstile strictly plugging
PURE_EVALUATION := truth scoring curves merging results timeline charts
PURE_BENCHMARK := measurements results columns shows
PURE_HEALTH := snapshot verdicts figures
PURE_FILES := $(PURE:%=stream_ocr/%.py) stream_ocr/config/*.py stream_ocr/ocr/*.py stream_ocr/tracking/*.py stream_ocr/redaction/*.py \
	$(PURE_EVALUATION:%=stream_ocr/evaluation/%.py) $(PURE_BENCHMARK:%=stream_ocr/benchmark/%.py) \
	$(PURE_HEALTH:%=stream_ocr/health/%.py)
COVERAGE_FLOOR := 95
CLIPS ?=
BENCH ?= --repeat 3 --against rapidocr --max-frames 60 --eval --markdown
empty :=
comma := ,

.PHONY: demo test check bench soak clean

demo: $(VENV)/.installed
	$(BIN)/stream-ocr run configs/demo.yaml
	@echo
	@echo "The text events:      $(CURDIR)/out/demo.jsonl"
	@echo "The annotated video:  $(CURDIR)/out/demo.mp4"

test: $(VENV)/.tools
	$(BIN)/pytest $(PYTEST_OPTIONS)

check: $(VENV)/.tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test PYTEST_OPTIONS='--cov --cov-report='
	$(BIN)/coverage report --skip-covered --show-missing \
		--include='$(subst $(empty) $(empty),$(comma),$(PURE_FILES))' --fail-under=$(COVERAGE_FLOOR)

bench: $(VENV)/.tools
	@$(BIN)/stream-ocr bench $(CLIPS) $(BENCH)

MINUTES ?= 30
soak: $(VENV)/.tools
	cd tests && ../$(BIN)/python -m soak --minutes $(MINUTES)

clean:
	rm -rf $(VENV) out dist htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find stream_ocr tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { \
		echo "stream-ocr needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$($(PYTHON) --version 2>&1 | head -n 1)." >&2; \
		echo "Name another one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/pip
	@echo "installing stream-ocr into $(VENV) (takes a few minutes the first time)"
	$(PIP) install --editable .
	@touch $@

$(VENV)/.tools: pyproject.toml | $(BIN)/pip
	@echo "installing stream-ocr and its test tools into $(VENV) (takes a few minutes the first time)"
	$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.installed
