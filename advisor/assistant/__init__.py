"""Assistants: instructions, a knowledge base, actions over HTTP and tests, in one file (M-A1)."""
