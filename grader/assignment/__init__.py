"""The files of an assignment: its folder, its settings, variants, scripts and starter."""
