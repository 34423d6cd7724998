#!/bin/sh
# Builds the relay and runs it. Flags are the relay's own.
set -eu; cd -- "$(dirname "$0")/.."
scripts/build.sh
exec bin/relay "$@"
