"""Says on what the figures were taken, in words that name no particular machine."""

import importlib.metadata
import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def describe() -> dict[str, str]:
    """Return date, hardware, kernel and versions, ready to print."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = [
        f"{name} {importlib.metadata.version(name)}" for name in ("torch", "numpy", "pytest", "msgspec")
    ]
    return {
        "Date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "CPU": f"{cores()} cores, {_cpu_model()}",
        "Memory": f"{memory_bytes / 2**30:.0f} GiB",
        "Kernel": f"Linux {'.'.join(platform.release().split('-')[0].split('.')[:2])}",
        "Python": platform.python_version(),
        "Packages": ", ".join(versions),
    }


def cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0))


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().split("\n")
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
