#!/bin/sh
# Builds bin/relay, the one binary that holds the page too, and bin/boardctl. Needs Go and nothing else.
#
#	scripts/build.sh                 both
#	scripts/build.sh page            what the relay embeds alone; release.sh and the Dockerfile go on from there
#	scripts/build.sh programs        the programs alone, with the page that was built before, for GOOS and GOARCH
#	VERSION=1.0.0 scripts/build.sh   the programs say this version; without it, devel
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh
. scripts/programs.sh

programs() {
	echo "build: bin/relay" >&2
	program relay bin/relay
	echo "build: bin/boardctl" >&2
	program boardctl bin/boardctl
}
case "$*" in
'' | page) ;;
programs) programs; exit ;;
*) echo "build: $* is unknown; the head of scripts/build.sh says what there is" >&2; exit 2 ;;
esac

# Revision stamps would give the same page new names with every commit. The page's go.mod is ours, with Ebitengine as scripts/lean prepares it.
echo "build: page" >&2
go run ./scripts/lean bin/lean
# What is not called often is not inlined: that is 0.21 MB less to load (brotli). With shared/figure a board of 10,000
# elements opens 4 ms later, and the ink of a stroke takes 1.25 times as long, which is little beside painting it.
page=edgeboard/wasmclient shared=edgeboard/shared shader=github.com/hajimehoshi/ebiten/v2/internal/shader
flags=
for cold in $page $page/browser $page/editor $page/narrator edgeboard/public/texts $shared/client $shared/export $shared/feed $shared/figure $shared/find \
	$shared/history $shared/link $shared/pace $shared/svg $shared/talk $shared/thread $shared/tile $shader ${shader}ir ${shader}ir/glsl \
	encoding/base64 fmt go/ast go/build/constraint go/constant go/parser go/scanner go/token internal/buildcfg math/big os reflect regexp regexp/syntax strconv time; do
	flags="$flags -gcflags=$cold=-l"
done
# shellcheck disable=SC2086 # the flags are many
GOOS=js GOARCH=wasm go build -modfile=bin/lean/lean.mod -trimpath -buildvcs=false -ldflags='-s -w' $flags -o public/build/edgeboard.wasm ./wasmclient
cp -f -- "$(go env GOROOT)/lib/wasm/wasm_exec.js" public/build/wasm_exec.js

echo "build: pack" >&2
go run ./scripts/pack

[ "$*" = page ] || programs
