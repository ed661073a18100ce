"""Accounts, sign-in, rights, and forgetting somebody."""
