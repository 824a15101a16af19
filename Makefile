.DEFAULT_GOAL := help
BIN := .venv/bin

help:  ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Install everything for development into .venv.
	python3 -m venv .venv
	$(BIN)/pip install --quiet --editable '.[test,lint,bench]'
	$(BIN)/python -m compileall -q advisor

test:  ## Run the fast tests.
	$(BIN)/python -m pytest

slow:  ## Run the tests that take longer.
	$(BIN)/python -m pytest -m slow

lint:  ## Check types and style.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

rules:  ## Check the rule book.
	$(BIN)/advisor rules check

docs:  ## Write the generated reference pages anew.
	$(BIN)/python -m tests.write_reference

score:  ## Agreement with 26 reported decisions; error of the training estimate on 90 measured runs.
	$(BIN)/python -m tests.score
	$(BIN)/python -m tests.score_training

fuzz:  ## Feed the data check with bytes of any kind for five minutes (needs `pip install atheris`).
	mkdir -p .fuzz
	$(BIN)/python -m tests.fuzz.data_check -max_total_time=300 .fuzz tests/fuzz/corpus

bench:  ## Measure speed, as ratios in one run.
	$(BIN)/python -m tests.benchmarks.run
	$(BIN)/python -m tests.benchmarks.chat_completions
	$(BIN)/python -m tests.benchmarks.linear
	$(BIN)/python -m tests.benchmarks.retrieval

bench-lora:  ## LoRA beside peft and Trainer, and SmolLM2 tuned on real news; minutes.
	$(BIN)/python -m tests.benchmarks.lora
	$(BIN)/python -m tests.benchmarks.smollm2

.PHONY: help setup test slow lint rules docs score fuzz bench bench-lora
