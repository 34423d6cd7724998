#!/bin/sh
# Looks for known vulnerabilities in what Edgeboard is made of, Go's own library included: govulncheck, with the database
# at vuln.go.dev. It tells of those alone that the code can reach. test.sh does not call it: what it says depends on the day.
#
#	scripts/vuln.sh             a minute
#	scripts/vuln.sh -db URL     with another database, perhaps a copy: file:///…
#
# Its exit status:
#	0	nothing is known
#	1	something was found, and is told
#	2	the code could not be looked at
#	75	the database cannot be reached, so that nothing was looked for
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh

say() { echo "vuln: $*" >&2; }

govulncheck=$(go tool -n -modfile=scripts/tools.mod govulncheck) || { say "govulncheck cannot be built"; exit 2; }
errors=$(mktemp)
trap 'rm -f -- "$errors"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
status=0
"$govulncheck" "$@" ./... 2>"$errors" || status=$?
cat "$errors" >&2
case $status in
0) say "nothing is known of what Edgeboard is made of" ;;
3) say "the above was found"; exit 1 ;;
*)
	# Its status does not tell one failure from another.
	if grep -qE '^(govulncheck: )?(creating client|fetching vulnerabilities): ' "$errors"; then
		say "the database of vulnerabilities cannot be reached from here: NOTHING WAS CHECKED"
		exit 75
	fi
	say "the code could not be looked at"
	exit 2
	;;
esac
