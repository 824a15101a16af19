"""Proofs on real data and on the courses' own examples, reproduced by `make proofs`."""
