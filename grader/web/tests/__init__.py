"""Pages of the hidden tests: drafts, trials, versions."""
