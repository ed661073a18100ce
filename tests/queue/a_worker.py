"""A real worker for tests, which may start without trying every wall of the sandbox first.

python -m tests.queue.a_worker NAME
"""

import logging
import sys
from dataclasses import replace

from grader import config
from grader.serving.plan import plan
from worker.celery_app import work


def main():
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    settings = config.load()
    chosen = replace(plan(settings, name=sys.argv[1]), patience_seconds=float(sys.argv[2]))
    sys.exit(work(settings, chosen, dict))


if __name__ == "__main__":
    main()
