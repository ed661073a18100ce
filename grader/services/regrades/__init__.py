"""Grading again: chosen, run, compared, made live."""
