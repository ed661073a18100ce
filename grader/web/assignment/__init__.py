"""Pages of an assignment: settings, dates, log, class, exports."""
