"""What all tests share."""

import pytest
from hypothesis import settings

# No test is timed: how long an example takes says more of the machine than of the code.
settings.register_profile("chainrule", deadline=None)
settings.load_profile("chainrule")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files with slow tests first: begun last, one of them keeps everybody waiting at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
