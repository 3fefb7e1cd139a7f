#!/usr/bin/env bash
# torture.sh DIR builds a tree of 20,000 files in the empty folder DIR: small,
# empty and huge ones, odd names, links, FIFOs, and what cannot be read. It
# compares digest with find and sha256sum there, as an ordinary user, then says
# how long each of them takes. DIR is empty again afterwards.
set -euo pipefail
export LC_ALL=C

dir=${1:?usage: torture.sh DIR}
if [ "$#" -eq 1 ]; then # build the program; root then becomes nobody
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	bin=$(mktemp -d)
	trap 'rm -rf "$bin"' EXIT
	chmod 755 "$bin"
	go build -C "$(dirname "$0")/.." -buildvcs=false -o "$bin/digest" ./digest
	cp "$0" "$bin/torture.sh"
	chmod 755 "$bin/torture.sh"
	user=()
	if [ "$(id -u)" -eq 0 ]; then
		chown 65534:65534 "$dir"
		user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	fi
	cd / # for find wants to come back to where it began
	"${user[@]}" bash "$bin/torture.sh" "$dir" "$bin/digest"
	exit
fi
digest=$2

if [ -n "$(ls -A "$dir")" ]; then
	echo "$dir is not empty" >&2
	exit 2
fi
out=$(mktemp -d)
clean() {
	chmod -R u+rwX "$dir"/* 2>/dev/null || true
	rm -rf "${dir:?}"/* "$out"
}
trap clean EXIT

build() {
	local i name
	# 19,000 small files, of every size around what is read at once.
	local sizes=(1 63 64 65 1000 4095 4096 4097 9999 20000)
	for i in {0..94}; do
		mkdir -p "many/$((i % 5))/$i"
		head -c $((200 * sizes[i % 10])) /dev/urandom | split -a 3 -d -b "${sizes[i % 10]}" - "many/$((i % 5))/$i/f"
	done
	for i in 131071 131072 131073 262144 1000000; do head -c "$i" /dev/urandom >"size-$i"; done
	mkdir empty
	(cd empty && touch {0001..1000})

	truncate -s 1300M huge # mostly a hole
	printf begin | dd of=huge conv=notrunc status=none
	head -c 50000000 /dev/urandom | dd of=huge bs=1M seek=600 conv=notrunc status=none
	printf end | dd of=huge bs=1 seek=1363148000 conv=notrunc status=none

	local odd=(' ' 'a b' $'new\nline' $'\n' 'back\slash' '\' '\n' $'all\\\n\r' $'carriage\rreturn' $'tab\tbell\a'
		$'not\xffutf8' $'\xc3' $'\xed\xa0\x80' 'grüße' '日本' '-dash' '--' '*' '?' '~' '#' "quote'\"" '$HOME' '...'
		"$(printf 'x%.0s' {1..255})")
	mkdir odd
	for name in "${odd[@]}"; do
		echo "$name" >"odd/$name"
		mkdir "odd/in-${name:0:100}"
		echo "in $name" >"odd/in-${name:0:100}/$name"
	done
	name=deep
	for i in {1..100}; do name+=/level$i; done
	mkdir -p "$name"
	echo deep >"$name/file"
	mkdir links
	echo target >links/file
	ln -s file links/to-file
	ln -s ../empty links/to-folder
	ln -s nowhere links/dangling
	ln -s loop links/loop
	ln -s .. links/up
	ln links/file links/hard
	mkfifo fifo links/fifo

	mkdir -p denied/{nothing,list-only,enter-only}
	for i in {1..20}; do
		echo "$i" >"denied/secret $i"
		touch denied/{nothing,list-only,enter-only}/"$i"
	done
	chmod 000 denied/secret* denied/nothing $'odd/new\nline'
	chmod 444 denied/list-only
	chmod 111 denied/enter-only
}

# same NAME WANT GOT fails if two files differ.
same() {
	if ! diff "$2" "$3" >"$out/diff"; then
		echo "$1: differs"
		head -n 20 "$out/diff"
		exit 1
	fi
	echo "$1: the same"
}

# errors FILE... prints how many lines there are.
errors() { cat "$@" | wc -l; }

compare() {
	local status=0
	find "$dir" -type f -print0 2>"$out/find.err" >"$out/found" || true
	xargs -0 sha256sum <"$out/found" >"$out/want" 2>"$out/sum.err" || true
	"$digest" -quiet "$dir" >"$out/got" 2>"$out/digest.err" || status=$?
	sort "$out/want" >"$out/want.sorted"
	sort "$out/got" >"$out/got.sorted"
	same "$(wc -l <"$out/want") lines, in any order" "$out/want.sorted" "$out/got.sorted"

	"$digest" -quiet -ordered "$dir" >"$out/got.walk" 2>/dev/null || true
	same "-ordered, in the order of find" "$out/want" "$out/got.walk"

	echo "$(errors "$out/find.err" "$out/sum.err")" >"$out/want.errors"
	echo "$(errors "$out/digest.err")" >"$out/got.errors"
	same "$(cat "$out/want.errors") errors" "$out/want.errors" "$out/got.errors"
	if [ "$status" -ne 1 ]; then
		echo "digest ended with status $status, want 1"
		exit 1
	fi
}

# took COMMAND... prints the milliseconds that a command takes.
took() {
	local begin=${EPOCHREALTIME/./}
	"$@" >/dev/null 2>&1 || true
	echo $(((${EPOCHREALTIME/./} - begin) / 1000))
}
ours() { "$digest" -quiet -j 2 "$1"; }
peer() { find "$1" -type f -print0 | xargs -0 -P 2 -n 64 sha256sum; }

# side_by_side WHAT PATH prints the medians of five runs each, taken in turns,
# for the machine has other work too.
side_by_side() {
	local i
	rm -f "$out/ours" "$out/peer"
	for i in {1..5}; do
		took ours "$2" >>"$out/ours"
		took peer "$2" >>"$out/peer"
	done
	printf '%-36s %8d %8d\n' "$1" "$(sort -n "$out/ours" | sed -n 3p)" "$(sort -n "$out/peer" | sed -n 3p)"
}

timings() {
	echo
	printf '%-36s %8s %8s\n' 'median of 5, in ms' digest xargs
	side_by_side 'the whole tree' "$dir"
	side_by_side '19,000 small files' "$dir/many"
	side_by_side 'the hash itself: 1300 MiB, one file' "$dir/huge"
}

cd "$dir"
build
cd /
compare
timings
