"""``python -m grader`` is ``chainrule``."""

from grader.cli import main

main()
