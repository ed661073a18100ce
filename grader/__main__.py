"""``python -m grader`` is ``chainrule``."""

from grader.cli.main import main

main()
