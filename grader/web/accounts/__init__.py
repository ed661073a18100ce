"""Pages of accounts: sign-in, sessions, tokens."""
