"""Pages of regrades: chosen, followed, compared, decided."""
