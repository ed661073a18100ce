"""Pages of a course, for students and staff."""
