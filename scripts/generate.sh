#!/bin/sh
# Makes shared/wire/wirepb from edgeboard.proto, with the tools of scripts/tools.mod. A test holds that the result is
# what is committed.
#
#   scripts/generate.sh [FOLDER]   into another folder
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh

plugin=$(go tool -n -modfile=scripts/tools.mod protoc-gen-go)
go run -modfile=scripts/tools.mod scripts/generate.go "$plugin" shared/wire edgeboard.proto "${1:-shared/wire/wirepb}"
