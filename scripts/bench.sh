#!/bin/sh
# Measures: prints one JSON object a line for each figure, and everything else on standard error. Needs Go; what is
# measured as wasm besides needs node. Files that flags name are relative to the root of the repository.
#
#   scripts/bench.sh board [-trace FILE]... [-runs N]
#   scripts/bench.sh wire [-runs N]
#
# board is the document, on recorded editing sessions. wire is the codec, beside Google's protobuf and encoding/json for
# the same messages (a cursor, a stroke of 64 points), and what it adds to the page.
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh

built=$(mktemp -d)
trap 'rm -rf -- "$built"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
go build -o "$built/bench" ./scripts/bench
"$built/bench" "$@"
