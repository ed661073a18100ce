#!/usr/bin/env bash
# Make the secrets that docker-compose.yml and the systemd unit read. Files that are there are left as they are.
#
#   deploy/make-secrets.sh [FOLDER]        default: deploy/secrets
set -euo pipefail
folder=${1:-$(cd "$(dirname "$0")" && pwd)/secrets}

umask 077
mkdir -p "$folder"
chmod 700 "$folder"
for name in postgres_password redis_password chainrule_secret; do
    if [ -s "$folder/$name" ]; then
        printf 'kept %s\n' "$folder/$name"
        continue
    fi
    head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n' >"$folder/$name"
    # Containers read them as users of their own; the folder keeps everybody else out.
    chmod 444 "$folder/$name"
    printf 'made %s\n' "$folder/$name"
done
