#!/bin/sh
# Runs fsystest again and again, alone, beside busy processors, as other users and with
# more or fewer rows at a time, and prints each row that did not always come to the same
# verdict. One that was skipped under one circumstance may have another under another one.
#
# usage: repeat.sh FSYSTEST [ROUNDS]
#
# ROUNDS are those as they come, 20 if not given; a quarter of them has the processors
# busy. The other circumstances have three rounds each.
set -eu

program=$1 rounds=${2:-20}
dir=$(mktemp -d)
busy=

idle() {
	for pid in $busy; do
		kill "$pid" 2>/dev/null || : # it may be gone
	done
	busy=
}
trap 'idle; rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Other users must be able to run it.
chmod 755 "$dir"
cp "$program" "$dir/fsystest"

load() {
	for _ in $(seq "$(nproc)"); do
		while :; do :; done &
		busy="$busy $!"
	done
}

# round NAME COMMAND... keeps the verdicts of a run, "NAME ID VERDICT" a line.
round() {
	name=$1
	shift
	status=0
	"$@" >"$dir/out" 2>&1 || status=$?
	sed -nE 's/^(PASS|FAIL|XPASS|XFAIL|SKIP|ERROR) +([^ ]+):.*/'"$name"' \2 \1/p' "$dir/out" >>"$dir/verdicts"
	echo "$name: $(tail -n 1 "$dir/out")"
	case $status in
	0 | 1 | 77) ;;
	*) echo "$name: exit status $status" >>"$dir/strange" ;;
	esac
	# What the others of its verdicts do not tell.
	awk '/^(PASS|SKIP|XFAIL)/ { bad = 0 } /^(FAIL|XPASS|ERROR)/ { bad = 1 } bad' "$dir/out"
}

: >"$dir/verdicts"
: >"$dir/strange"
i=0
while [ "$i" -lt "$rounds" ]; do
	i=$((i + 1))
	if [ $((i % 4)) -eq 0 ]; then
		load
		round "$(id -un)" "$dir/fsystest"
		idle
	else
		round "$(id -un)" "$dir/fsystest"
	fi
done
for _ in 1 2 3; do
	round "$(id -un)" "$dir/fsystest" --jobs=1
	round "$(id -un)" "$dir/fsystest" --jobs=8
	if [ "$(id -u)" -eq 0 ]; then
		round nobody setpriv --reuid=65534 --regid=65534 --clear-groups "$dir/fsystest"
	fi
	if unshare -Ur true 2>/dev/null; then
		round namespace unshare -Ur "$dir/fsystest"
	fi
done

# The same of one circumstance, and of all those that did not skip it.
awk '
	{ n[$1 " " $2 " " $3]++; seen[$1 " " $2] = 1; if ($3 != "SKIP") all[$2 " " $3]++ }
	END {
		for (k in n) { split(k, f, " "); kinds[f[1] " " f[2]]++ }
		for (k in kinds) if (kinds[k] > 1) { split(k, f, " "); differs[f[2]] = 1 }
		for (k in all) { split(k, f, " "); if (other[f[1]]++) differs[f[1]] = 1 }
		for (k in n) { split(k, f, " "); if (f[2] in differs) print f[2] ": " f[1] ", " f[3] ", " n[k] " times" }
	}
' "$dir/verdicts" | sort >"$dir/differs"
cat "$dir/strange"
if [ -s "$dir/differs" ]; then
	echo "Not always the same:"
	cat "$dir/differs"
	exit 1
fi
if [ -s "$dir/strange" ] || grep -qE ' (FAIL|XPASS|ERROR)$' "$dir/verdicts"; then
	exit 1
fi
echo "$(wc -l <"$dir/verdicts") verdicts, each always the same"
