#!/bin/sh
# Breaks the document in a hundred small ways, one after the other, and asks
# whether its tests notice. Nothing in the checkout changes. Arguments choose:
#
#	scripts/mutants.sh                   all of them, some minutes
#	scripts/mutants.sh -run 'B4[01]'     those whose rule or file matches
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh

# One that eats memory without end stops here rather than with the machine.
ulimit -v 8000000 2>/dev/null || true
exec go run ./scripts/mutants "$@"
