"""What has to start fast and fork safely does so without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "module", ["worker.engine", "worker.service.celery_app", "grader.cli.main", "grader.bootstrap"]
)
def test_importing_never_brings_torch_in(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=300)
    assert result.returncode == 0
