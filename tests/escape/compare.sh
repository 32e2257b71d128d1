#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The same attempts in sbox, bubblewrap and firejail: the table of SECURITY.md.  Needs root, to make a user with a home for
# the run (firejail asks the passwd file for it); nothing stays.
#
#   tests/escape/compare.sh [DIRECTORY for the tables of each]
#
#   sbox       --profile=untrusted --rw DIR
#   bwrap      --unshare-all --die-with-parent --new-session --cap-drop ALL --clearenv, /usr and /etc read-only, own /proc
#              and /dev, tmpfs on /tmp, /run and the home (run.py)
#   firejail   its default profile
set -u
TOP_SRCDIR=${TOP_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
TOP_BUILDDIR=${TOP_BUILDDIR:-$PWD}
SBOX=${SBOX:-$TOP_BUILDDIR/sbox}
tables=${1:-}

die() {
	printf 'compare.sh: %s\n' "$1" >&2
	exit 1
}
[ "$(id -u)" = 0 ] || die "must be started by root"
[ -x "$TOP_BUILDDIR/tests/bin/escape" ] || die "there is no $TOP_BUILDDIR/tests/bin/escape: make check"
[ -x "$SBOX" ] || die "there is no $SBOX: make"

user=sboxcompare$$
made=$(mktemp -d)
clean_up() {
	trap - EXIT
	setpriv --reuid "$user" --clear-groups --regid "$user" sh -c 'kill -9 -1' 2> /dev/null
	userdel -r "$user" 2> /dev/null
	rm -rf "$made" "/run/sboxcompare.$$"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP
useradd --create-home --shell /bin/bash "$user" || die "cannot make a user"
home=$(getent passwd "$user" | cut -d: -f6)
mkdir -m 700 "/run/sboxcompare.$$" && chown "$user" "/run/sboxcompare.$$"
# The tree may lie where no ordinary user can enter.
cp "$SBOX" "$made/sbox"
cp "$TOP_BUILDDIR/tests/bin/escape" "$TOP_SRCDIR/tests/escape/run.py" "$made/"
cp -r "$TOP_SRCDIR/profiles" "$made/profiles"
chmod -R go+rX "$made"

columns=()
for kind in bare sbox bwrap firejail; do
	if [ "$kind" != bare ] && [ "$kind" != sbox ] && ! command -v "$kind" > /dev/null; then
		echo "$kind is not installed" >&2
		continue
	fi
	mkdir -m 700 "$home/$kind" && chown "$user" "$home/$kind"
	(cd "$home/$kind" && setsid setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all env -i HOME="$home" USER="$user" \
		LOGNAME="$user" PATH=/usr/local/bin:/usr/bin:/bin TERM=xterm LANG=C.UTF-8 XDG_RUNTIME_DIR="/run/sboxcompare.$$" \
		T="$home/$kind" SBOX="$made/sbox" SBOX_PROFILE_PATH="$made/profiles" \
		timeout -k 5 300 python3 "$made/run.py" "$kind" "$made/escape" < /dev/null > "$made/$kind.tsv" 2> "$made/$kind.err")
	rows=$(wc -l < "$made/$kind.tsv")
	[ "$rows" -ge 400 ] || { tail -n 5 "$made/$kind.err" >&2; die "$kind: only $rows attempts were made"; }
	columns+=("$kind")
done
[ -z "$tables" ] || { mkdir -p "$tables" && cp "$made"/*.tsv "$tables/"; }

# One line a topic, then every attempt whose outcome is not the same in all of them.
cd "$made" || exit 1
echo "kernel $(uname -r); $("$SBOX" --version | head -n 1); $(bwrap --version 2> /dev/null); $(firejail --version 2> /dev/null | head -n 1)"
for kind in "${columns[@]}"; do
	sed "s/^/$kind\t/" "$kind.tsv"
done | awk -F '\t' -v columns="${columns[*]}" '
	BEGIN { n = split(columns, kinds, " ") }
	{
		topic = $6; sub(/:.*/, "", topic); what = $6; sub(/^[^:]*: /, "", what)
		if (!(topic in seen)) { seen[topic] = 1; topics[++n_topics] = topic }
		if (!($2 in texts)) { texts[$2] = what; topic_of[$2] = topic; ids[++n_ids] = $2; total[topic]++; total["all"]++ }
		result[$2, $1] = $3 == "ALLOWED" ? "open" : $3
		if ($3 == "ALLOWED") { open[topic, $1]++; open["all", $1]++ }
	}
	END {
		topics[++n_topics] = "all"
		printf "\n| open of | attempts |"; for (k = 1; k <= n; k++) printf " %s |", kinds[k] == "bare" ? "no sandbox" : kinds[k]
		printf "\n| --- | --- |"; for (k = 1; k <= n; k++) printf " --- |"
		for (t = 1; t <= n_topics; t++) {
			printf "\n| %s | %d |", topics[t], total[topics[t]]
			for (k = 1; k <= n; k++) printf " %d |", open[topics[t], kinds[k]]
		}
		printf "\n\n"
		for (i = 1; i <= n_ids; i++) {
			id = ids[i]; differ = 0
			for (k = 3; k <= n; k++) if (result[id, kinds[k]] != result[id, kinds[2]]) differ = 1
			if (!differ) continue
			printf "%-11s %-22s", topic_of[id], id
			for (k = 2; k <= n; k++) printf " %-10s", result[id, kinds[k]] == "open" ? kinds[k] : "-"
			printf " %s\n", texts[id]
		}
	}'
