"""Tuned models that will be shut down: which are in use, how long they live, and what takes over."""
