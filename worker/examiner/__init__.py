"""What judges: a frozen pytest session per suite, the proxy of the student's module and the checks."""
