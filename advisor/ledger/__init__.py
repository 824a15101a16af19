"""The calibration ledger: what was predicted, what happened, and what the ranges learn from it."""
