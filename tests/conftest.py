"""What all tests share."""

from hypothesis import settings

# No test is timed: how long an example takes says more of the machine than of the code.
settings.register_profile("chainrule", deadline=None)
settings.load_profile("chainrule")
