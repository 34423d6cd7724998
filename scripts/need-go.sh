# Sourced by the other scripts: stops with one clear line where Go is missing or too old.

if ! command -v go >/dev/null 2>&1; then
	echo "Edgeboard is built with Go 1.26 or newer, and there is no go command here: see https://go.dev/dl/" >&2
	exit 1
fi

# An older Go fetches the one that go.mod asks for, if it may; only where that fails does its own version count.
go_version=$(go env GOVERSION 2>/dev/null || GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || :)
go_minor=$(printf '%s\n' "$go_version" | sed -n 's/.*go1\.\([0-9]*\).*/\1/p')
if [ "${go_minor:-0}" -lt 26 ]; then
	echo "Edgeboard is built with Go 1.26 or newer, and this is ${go_version:-an unknown version}: see https://go.dev/dl/" >&2
	exit 1
fi
