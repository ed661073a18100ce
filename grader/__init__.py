"""What a grade is, where it is kept and how people see it. Never imports torch."""
