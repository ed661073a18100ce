"""All queries, grouped by what they are about. Each takes a session and leaves committing to its owner."""
