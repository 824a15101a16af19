"""The service: the OpenAI-compatible API under /v1, and beside it what watches over the process."""
