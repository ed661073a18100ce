"""Sending gradings to workers, and what a worker does with one."""
