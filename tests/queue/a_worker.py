"""A real worker for tests, which may start without trying every wall of the sandbox first.

python -m tests.queue.a_worker NAME PATIENCE [HOST]

With the path of a host it uses that one's zygotes instead of starting its own.
"""

import logging
import sys
from dataclasses import replace

from grader import config
from grader.queue.plan import plan
from worker.engine import Attached
from worker.service.celery_app import work


def main(name, patience, *host):
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    settings = config.load()
    chosen = replace(plan(settings, name=name), patience_seconds=float(patience))
    sys.exit(work(settings, chosen, dict, *map(Attached, host)))


if __name__ == "__main__":
    main(*sys.argv[1:])
