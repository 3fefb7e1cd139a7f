#!/usr/bin/env bash
# check.sh TREE compares, line for line, what digest says of TREE with what find
# and sha256sum say. What cannot be read is left out by both.
set -euo pipefail
export LC_ALL=C
tree=${1:?usage: check.sh TREE}
examples=$(cd "$(dirname "$0")/.." && pwd)
if [ ! -e "$tree" ]; then
	echo "check.sh: no $tree here" >&2
	exit 2
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

go run -C "$examples" ./digest "$tree" >"$tmp/digest" 2>"$tmp/stderr" || true
find "$tree" -type f -print0 2>/dev/null | xargs -0 -r sha256sum >"$tmp/want" 2>/dev/null || true

if ! grep -q '^digest: [0-9]* file' "$tmp/stderr"; then # no summary
	cat "$tmp/stderr"
	exit 1
fi
if ! diff <(sort "$tmp/want") <(sort "$tmp/digest") >"$tmp/diff"; then
	echo "digest differs from find and sha256sum:"
	head -n 20 "$tmp/diff"
	tail -n 20 "$tmp/stderr"
	exit 1
fi
tail -n 1 "$tmp/stderr"
echo "the same as find and sha256sum: $(wc -l <"$tmp/want") hashes"
