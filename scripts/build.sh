#!/bin/sh
# Builds bin/relay, the one binary that holds the page too. Needs Go and nothing else.
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh

# Revision stamps are left out: they would need git, and would give the same page new names with every commit.
# The page's go.mod is ours, with Ebitengine as scripts/lean prepares it.
echo "build: page" >&2
go run ./scripts/lean bin/lean
GOOS=js GOARCH=wasm go build -modfile=bin/lean/lean.mod -trimpath -buildvcs=false -ldflags='-s -w' -o public/build/edgeboard.wasm ./wasmclient
cp -f -- "$(go env GOROOT)/lib/wasm/wasm_exec.js" public/build/wasm_exec.js

echo "build: pack" >&2
go run ./scripts/pack

echo "build: bin/relay" >&2
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags='-s -w' -o bin/relay ./relay
