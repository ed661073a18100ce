"""Courses, assignments, rosters, teams, and the space they take."""
