import pytest

MARKERS = {
    "function(name)": "the function of the assignment that a hidden test counts for",
    "part(*names, cases)": "the parts that it, or these cases of it, show something about",
    "cases(*names)": "the cases that it yields",
    "weight(number)": "the weight of each case",
    "visibility(level)": "who may see it, and when",
}


def pytest_configure(config: pytest.Config) -> None:
    for marker, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
