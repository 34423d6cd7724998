#!/bin/sh
# What takes too long for test.sh: fuzzes every decoder in the tree, a minute each.
#
#	scripts/check.sh                            some forty minutes
#	scripts/check.sh mutants                    and then runs mutants.sh
#	EDGEBOARD_FUZZTIME=10m scripts/check.sh     longer, or shorter
#
# It stops at the first input that breaks something, and says in which file it is.
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

i=0
while read -r package target; do
	i=$((i + 1))
	say "$i of $count: $target in $package, $time"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" </dev/null || {
		folder=${package#edgeboard/}
		say "$target of $package has failed. Where it names a failing input, that is a file in $folder/testdata/fuzz/$target:"
		say "mend the code, see it pass with go test -run '$target/' ./$folder, and commit the file as a test"
		exit 1
	}
done <<EOF
$targets
EOF
say "$count fuzz targets, $time each: nothing found"

[ -z "$mutants" ] || scripts/mutants.sh
