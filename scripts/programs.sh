# Sourced by build.sh and release.sh, so that what is tried is built as what is released.

# program NAME FILE builds ./NAME for GOOS and GOARCH, as one static file without paths of this machine. VERSION is what
# it says of itself. Revision stamps are left out: they would need git, and a release says its version.
program() {
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w -X main.version=${VERSION:-devel}" -o "$2" "./$1"
}
