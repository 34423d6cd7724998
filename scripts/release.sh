#!/bin/sh
# Builds a release into bin/release: an archive for each system and architecture, and SHA256SUMS. The version is the
# newest of CHANGELOG.md. Sources, Go's version and nothing else decide every byte.
#
#	scripts/release.sh          some ten minutes on two cores
#	scripts/release.sh -check   and then builds it again from a copy in another folder, with nothing kept from the first
#	                            time, and compares: twice as long
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh
. scripts/programs.sh

say() { echo "release: $*" >&2; }

check=
case "$*" in
'') ;;
-check) check=yes ;;
*) say "$* is unknown; the head of scripts/release.sh says what there is"; exit 2 ;;
esac

# What somebody has set for their own builds is not in a release.
GOFLAGS='' GOEXPERIMENT='' GOAMD64=v1 GOARM64=v8.0
export GOFLAGS GOEXPERIMENT GOAMD64 GOARM64

into=bin/release
VERSION=$(go run ./scripts/release version)
export VERSION
rm -rf -- $into
mkdir -p $into
go build -o $into/tool ./scripts/release

say "the page"
scripts/build.sh page
for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
	say "$VERSION for $target"
	os=${target%/*} arch=${target#*/} exe=
	[ "$os" != windows ] || exe=.exe
	GOOS=$os GOARCH=$arch program relay "$into/$os-$arch/relay$exe"
	GOOS=$os GOARCH=$arch program boardctl "$into/$os-$arch/boardctl$exe"
	$into/tool notices "$os" "$arch" >"$into/$os-$arch/NOTICES.txt"
	$into/tool pack "$into" "$os" "$arch"
	rm -r -- "${into:?}/$os-$arch"
done
$into/tool sums $into
rm -- $into/tool
say "$(go env GOVERSION) has made bin/release:"
cat $into/SHA256SUMS

[ -n "$check" ] || exit 0
copy=$(mktemp -d)
trap 'rm -rf -- "$copy"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
say "once more, in $copy"
mkdir "$copy/elsewhere" "$copy/cache"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -C "$copy/elsewhere" -xf -
GOCACHE=$copy/cache "$copy/elsewhere/scripts/release.sh" >/dev/null
cmp $into/SHA256SUMS "$copy/elsewhere/$into/SHA256SUMS" || { say "it is another one"; exit 1; }
say "it is the same, byte for byte"
