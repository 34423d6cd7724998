#!/bin/sh
# What takes too long for test.sh: fuzzes every decoder in the tree, a minute each.
#
#	scripts/check.sh                            some forty minutes
#	scripts/check.sh mutants                    and then runs mutants.sh
#	EDGEBOARD_FUZZTIME=10m scripts/check.sh     longer, or shorter
#
# It stops at the first input that breaks something, and says in which file it is. In the end it says how many inputs each
# target has tried, as go counts them, and how many that were in all.
set -eu; cd -- "$(dirname "$0")/.."
. scripts/need-go.sh

say() { echo "check: $*" >&2; }

mutants=
case "$*" in
'') ;;
mutants) mutants=yes ;;
*) say "$* is unknown; the head of scripts/check.sh says what there is"; exit 2 ;;
esac
time=${EDGEBOARD_FUZZTIME:-60s}

# The names of a package's targets come before its own.
listed=$(go test -list '^Fuzz' ./...) || { echo "$listed" >&2; exit 1; }
targets=$(echo "$listed" | awk '/^Fuzz/ { names[n++] = $1 } /^ok/ { for (i = 0; i < n; i++) print $2, names[i]; n = 0 }')
count=$(echo "$targets" | grep -c .) || { say "no fuzz targets were found"; exit 1; }

# What go says of a target, its status, and what all have tried.
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$work/tried"

i=0
while read -r package target; do
	i=$((i + 1))
	say "$i of $count: $target in $package, $time"
	{
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" </dev/null 2>&1 && echo 0 >"$work/status" || echo 1 >"$work/status"
	} | tee "$work/said"
	[ "$(cat "$work/status")" = 0 ] || {
		folder=${package#edgeboard/}
		say "$target of $package has failed. Where it names a failing input, that is a file in $folder/testdata/fuzz/$target:"
		say "mend the code, see it pass with go test -run '$target/' ./$folder, and commit the file as a test"
		exit 1
	}
	# The last of its lines "fuzz: elapsed: 3s, execs: 325017 (108336/sec), new interesting: 11 (total: 202)", or, where
	# there was no time for more than is known already, "fuzz: elapsed: 1s, gathering baseline coverage: 200/215 completed".
	tried=$(sed -nE 's/^fuzz: elapsed: .*, (execs|gathering baseline coverage): ([0-9]+)[ /].*/\2/p' "$work/said" | tail -n 1)
	[ -n "$tried" ] || { say "go does not say how many inputs $target has tried"; exit 1; }
	echo "$tried $target ${package#edgeboard/}" >>"$work/tried"
done <<EOF
$targets
EOF
say "inputs tried:"
awk '{ printf "%14.0f  %s in %s\n", $1, $2, $3; all += $1 } END { printf "%14.0f  in all\n", all }' "$work/tried" >&2
say "$count fuzz targets, $time each: nothing found"

[ -z "$mutants" ] || scripts/mutants.sh
