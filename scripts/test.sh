#!/bin/sh
# Everything that must hold. Needs Go; the rest it installs, where it may, or
# asks for.
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh

say() { echo "test: $*" >&2; }

# need COMMAND PACKAGE WHY installs one of Debian's packages if it is missing.
need() {
	command -v "$1" >/dev/null 2>&1 && return
	if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
		say "installing $2: $3"
		export DEBIAN_FRONTEND=noninteractive
		apt-get update -q >/dev/null && apt-get install -qy --no-install-recommends "$2" >/dev/null
	fi
	command -v "$1" >/dev/null 2>&1 || {
		say "$1 is missing: $3. Install it (Debian: apt-get install $2) and run this again."
		exit 1
	}
}
need gcc build-essential "the race detector is linked by a C compiler"
need redis-server redis-server "tests of many relays start it"
[ -n "${EDGEBOARD_CHROMIUM:-}" ] || need chromium chromium "the end-to-end tests drive it"

# Pure packages: they run in the page too.
pure="./shared/wire ./shared/board/... ./shared/geom ./shared/figure ./shared/export ./shared/feed ./shared/find ./shared/history ./shared/link ./shared/svg ./shared/talk ./shared/thread ./shared/tile ./shared/conn ./shared/pace ./shared/client ./shared/client/keeptest ./wasmclient/editor ./wasmclient/narrator ./wasmclient/view"
page="./shared/... ./wasmclient/..."

say "gofmt"
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { say "not formatted, run gofmt -w on:"; echo "$unformatted" >&2; exit 1; }

say "vet and staticcheck, native and js"
staticcheck=$(go tool -n -modfile=scripts/tools.mod staticcheck)
go vet ./...
go vet -tags e2e ./scripts/e2e
go vet -modfile=scripts/tools.mod scripts/generate.go
go vet -modfile=scripts/tools.mod scripts/deploy.go
"$staticcheck" ./...
"$staticcheck" -tags e2e ./scripts/e2e
GOOS=js GOARCH=wasm go vet $page
GOOS=js GOARCH=wasm "$staticcheck" $page

# Their random and exhaustive tests take fewer rounds where they are slow, as in what follows.
say "the document and the view, at full speed"
go test ./shared/board/... ./wasmclient/view

say "go test -race"
[ "$(id -u)" = 0 ] && [ -c /dev/net/tun ] ||
	say "SKIPPED: the lossy links of scripts/bench, because they need root and /dev/net/tun"
[ "$(uname)" = Linux ] && [ "$(id -u)" = 0 ] ||
	say "SKIPPED: the container image by hand, because that takes Linux and root"
command -v systemd-analyze >/dev/null 2>&1 ||
	say "SKIPPED: what systemd says of docs/deploy/edgeboard.service, because it is not here"
# More packages at a time than cores: many of their tests wait, and those that wait most
# begin. Fleets are three relays or more under load; what is in them the tests of
# relay/cluster and relay/room run as well.
# SQLite is C in Go's words: what that does with its own memory is not looked at, which
# would take five times as long.
translated=modernc.org
waiting="./relay ./relay/cluster/nats ./scripts/bench ./boardctl ./shared/conn/webtransport"
go test -race -gcflags="$translated/sqlite/lib=-race=false" -gcflags="$translated/libc=-race=false" -p 6 -skip '^TestFleet' $waiting ./...

say "several relays, at full speed"
go test -run '^TestFleet' -timeout 15m ./relay & fleets=$! # most of it is waiting
failed=
scripts/build.sh || failed=1
if command -v node >/dev/null 2>&1; then
	say "the pure packages as wasm"
	GOOS=js GOARCH=wasm go test -exec="$(go env GOROOT)/lib/wasm/go_js_wasm_exec" $pure || failed=1
else
	say "SKIPPED: the pure packages as wasm, because there is no node to run them"
fi
wait "$fleets" || failed=1
[ -z "$failed" ] || exit 1

say "the product in Chromium"
# In two halves, each with a browser of its own: a page waits for frames a good part
# of the time.
half='^Test[A-L]'
go test -tags e2e -count=1 -timeout 18m -run "$half" ./scripts/e2e & other=$!
go test -tags e2e -count=1 -timeout 18m -skip "$half" ./scripts/e2e || failed=1
wait "$other" || failed=1
[ -z "$failed" ] || exit 1
say "all is well"
