#!/usr/bin/env bash
# Try the image and docker-compose.yml on this machine: build, start all services with the file's own options, hand in
# through the web, stop and start each service in the middle of 50 gradings, run doctor in the worker, and stop. Needs
# `make setup` before, and Docker or podman. All but the images is removed at the end, however it ends.
#
#   ENGINE         docker or podman (default: the first of them that answers)
#   TORCH_INDEX    package index of PyTorch's CPU wheels, as for the image
#   BASE           another image of Debian 12 to build from, as for the image
#   BUILD_OPTIONS  further words for the engine's `build`, such as: --network host --volume /srv/wheels:/srv/wheels:ro
#   STAND_INS=1    PostgreSQL and Redis from Debian's packages, where the images of the file can't be had
#   GRADINGS       how many around each stop (default: 50)
#   CHAINRULE_LISTEN, WORKER_APPARMOR and what else docker-compose.yml reads (.env is not read; CHAINRULE_VERSION is
#                  `trial`, the port 8765, AppArmor `unconfined` where the host has none, unless they are set)
#
# Exit codes: 0 all of it worked · 1 something did not · 2 not set up · 75 no container engine answers here: nothing
# was tried, and nothing made · 130 interrupted
set -euo pipefail
cd "$(dirname "$0")/.."

engine=
for each in ${ENGINE:-docker podman}; do
    if "$each" info >/dev/null 2>&1; then
        engine=$each
        break
    fi
done
if [ -z "$engine" ]; then
    printf 'try-containers: no container engine answers here (%s), so nothing was tried.\n' "${ENGINE:-docker, podman}" >&2
    printf 'Install Docker or podman, see that docker info or podman info works for this user, and try again.\n' >&2
    exit 75
fi
if [ ! -x .venv/bin/python ]; then
    printf 'try-containers: there is no .venv here: run make setup first.\n' >&2
    exit 2
fi
# A copy without a history is built without: its image says its version alone.
export CHAINRULE_COMMIT=${CHAINRULE_COMMIT:-$(git describe --always --dirty --exclude '*' 2>/dev/null || true)}
exec .venv/bin/python -m tests.compose.trial "$engine"
