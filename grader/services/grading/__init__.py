"""Submissions and their gradings, from the upload to the result."""
