#!/usr/bin/env bash
# Run the service on a demo course: people, an assignment, graded submissions, and pages to look at.
# Called by `make demo`. Stays up until Ctrl-C (or TERM), whether or not anybody sits at a terminal.
#
#   ONESHOT=1  stop after the scores are printed
#   PORT       where to listen on this machine (default: any port that is free)
#
# All of it is in a temporary folder that goes with the demo. Settings of this user play no part.
set -euo pipefail
cd "$(dirname "$0")/.."

course=demo
assignment=nyu-hw1
student=student@example.org
instructor=instructor@example.org
samples=hidden_tests/$assignment/submissions
export PATH=$PWD/.venv/bin:$PATH

# shellcheck disable=SC2086
unset ${!CHAINRULE_@}
umask 077
folder=$(mktemp -d "${TMPDIR:-/tmp}/chainrule-demo-XXXXXX")
export CHAINRULE_DATA=$folder/data XDG_CONFIG_HOME=$folder
said=$folder/said
service=

# A little more than `chainrule serve` takes at most (docs/operator.md); then, or at the second Ctrl-C, it is killed.
quit_seconds=70
urgent=

stop() {
    trap - EXIT
    trap 'urgent=1' INT TERM HUP
    if [ -n "$service" ]; then
        kill -TERM "$service" 2>/dev/null || true
        local end=$((SECONDS + quit_seconds))
        while kill -0 "$service" 2>/dev/null; do
            if [ -n "$urgent" ] || [ "$SECONDS" -ge "$end" ]; then
                kill -KILL "$service" 2>/dev/null || true
            fi
            sleep 0.1 || true
        done
    fi
    # The kernel ends the children of a service that was killed, which may still be writing.
    local tries=0
    until rm -rf "$folder" 2>/dev/null || [ "$((tries += 1))" -gt 50 ]; do
        sleep 0.1 || true
    done
}
trap stop EXIT
trap 'printf "\nStopping; press Ctrl-C again to stop at once.\n"; exit 130' INT
trap 'exit 143' TERM HUP

# Run a command, shown as somebody would type it.
show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

secret() {
    head -c 6 /dev/urandom | od -An -vtx1 | tr -d ' \n'
}

# Start the service, and wait until it says where it listens. In a session of its own, so that Ctrl-C
# comes to this script alone, which then ends the service; if this script is killed, the kernel does it.
start() {
    printf '\n$ chainrule serve --port %s\n' "${PORT:-0}"
    : >"$said"
    setpriv --pdeathsig TERM setsid chainrule serve --port "${PORT:-0}" >"$said" 2>&1 &
    service=$!
    until grep -q '^chainrule serves on ' "$said"; do
        alive
        sleep 0.1
    done
    head -n 2 "$said"
    server=$(sed -n 's/^chainrule serves on //p' "$said")
}

alive() {
    if ! kill -0 "$service" 2>/dev/null; then
        local code=0
        wait "$service" || code=$?
        service=
        cat "$said" >&2
        exit "$code"
    fi
}

# End with what the worker said last.
explain() {
    alive
    printf '\nThe end of the log of the worker:\n' >&2
    tail -n 5 "$CHAINRULE_DATA/log/worker.log" >&2 || true
    exit "$1"
}

# An account with the demo's password: its role in the course, its address and its name.
add() {
    printf '\n$ chainrule admin account %s\n' "$2"
    printf '%s\n' "$password" | chainrule admin account "$2" --name "$3" --password-stdin
    show chainrule admin enrol "$course" "$2" --role "$1"
}

# Submit a sample as the student, and print what a student sees.
submit_sample() {
    cp "$samples/$1" "$folder/mlp.py"
    printf '\n$ chainrule submit mlp.py -a %s        # a copy of %s\n' "$assignment" "$samples/$1"
    (cd "$folder" && chainrule submit mlp.py -a "$assignment" --wait 120) || explain "$?"
}

password=chain-$(secret)
start
show chainrule admin course "$course" --title Backpropagation
show chainrule admin assignment "$course" "$assignment" --due "$(date -d '+14 days' '+%FT23:59')"
add instructor "$instructor" 'Ingrid Instructor'
add student "$student" 'Stefan Student'

printf '\n$ chainrule admin token %s        # kept as CHAINRULE_TOKEN\n' "$student"
CHAINRULE_TOKEN=$(chainrule admin token "$student")
export CHAINRULE_TOKEN CHAINRULE_SERVER=$server
submit_sample wrong_answer/sigmoid_slope_at_output.py
submit_sample accepted/solution.py

cat <<END

The pages: $server
  student     $student      password $password
  instructor  $instructor   password $password
More submissions to try: .venv/bin/chainrule samples $assignment --write /tmp/samples
Your own file, without any of this: .venv/bin/chainrule grade mlp.py -a $assignment
END

if [ "${ONESHOT:-}" = 1 ]; then
    exit 0
fi
printf '\nPress Ctrl-C to stop the service and delete its data.\n'
code=0
wait "$service" || code=$?
service=
cat "$said" >&2
exit "$code"
