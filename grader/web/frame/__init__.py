"""What every page shares: the site's frame, safety, words, failures, health, uploads."""
