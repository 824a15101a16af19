"""The JSON API under /api/v1: everything that the command line does, for programs."""
