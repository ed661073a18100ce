"""Numbers from numbers: points, dates, differences, seeds. Pure; no files, no database."""
