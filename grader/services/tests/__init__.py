"""Hidden tests as drafts: written, tried, published."""
