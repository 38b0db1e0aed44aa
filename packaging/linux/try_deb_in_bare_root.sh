#!/bin/sh
# Tries a package as a user's machine meets it, in a bare Debian: install with apt, self-test, start from its desktop
# entry, chat, quick ask, ten thousand messages, upgrade while it runs, restart into the new version, reinstall,
# downgrade, upgrade, remove, purge.  What the user wrote must be there in the end, and nothing else.
#
#     sudo packaging/linux/try_deb_in_bare_root.sh FOLDER MIRROR DEB NEWER_DEB [RELEASE]
#
# FOLDER is kept, so that a second try is quick.  RELEASE is bookworm or another that debootstrap knows.  The X server,
# the keys and the pictures (FOLDER-*.png) are this machine's: nothing but the package and what it asks for is installed
# in the root.  Needs root, debootstrap, Xvfb, xdotool, ImageMagick and python3.  Not part of .ci/run.
set -eu

folder=${1:?folder of the bare root} mirror=${2:?address of a Debian mirror}
deb=${3:?package} newer=${4:?the same with a higher version} release=${5:-bookworm}

[ -x "$folder/usr/bin/apt-get" ] || debootstrap --variant=minbase "$release" "$folder" "$mirror"
cp /etc/resolv.conf /etc/hosts "$folder/etc/" 2>/dev/null || true
mkdir -p "$folder/debs" "$folder/tmp/.X11-unix"
cp "$deb" "$folder/debs/old.deb"
cp "$newer" "$folder/debs/new.deb"

# The mounts and every process vanish with the namespaces.
in_root() {
    unshare --mount --pid --fork --kill-child sh -eu -c '
        mount -t proc proc "$0/proc"
        mount -t tmpfs tmpfs "$0/dev/shm"
        mount -t devpts devpts "$0/dev/pts" -o ptmxmode=666,newinstance
        mount --bind /tmp/.X11-unix "$0/tmp/.X11-unix"
        root=$0
        exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive "$@"' "$folder" "$@"
}
as_user() { in_root setpriv --reuid=1234 --regid=1234 --clear-groups env HOME=/home/user "$@"; }
say() { echo "== $*"; }
files() { (cd "$folder" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./home \
    -o -path ./debs -o -path ./var/cache -o -path ./var/lib/apt -o -path ./var/log -o -path ./var/lib/dpkg \) -prune \
    -o -print | sort); }

rm -rf "$folder/home/user"
mkdir -p "$folder/home/user" && chown 1234:1234 "$folder/home/user"
in_root sh -c 'dpkg --purge qwen-desktop >/dev/null 2>&1 || true' # a try that was broken off left it
in_root apt-get -qq update
grep PRETTY_NAME "$folder/etc/os-release"

say "what it depends on, without itself"
in_root sh -c 'apt-get install -qq -y --no-install-recommends /debs/old.deb >/dev/null && dpkg -r qwen-desktop >/dev/null'
files >"$folder/tmp/files-before"

say "install"
begun=$(date +%s.%N)
in_root apt-get install -qq -y --no-install-recommends /debs/old.deb >/dev/null
echo "$begun $(date +%s.%N)" | awk '{printf "installed in %.1f s\n", $2 - $1}'
in_root dpkg -V qwen-desktop
as_user qwen-desktop --version
as_user qwen-desktop --self-test
# fontconfig's cache is the system's own
left=$(find "$folder/home/user" -type f -not -path '*/.cache/fontconfig/*')
[ -z "$left" ] || { echo "the self-test left $left"; exit 1; }

say "start from the desktop entry, chat with the demo"
rm -f "$folder/tmp/display" # of an earlier try
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$folder/tmp/display" 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
while [ ! -s "$folder/tmp/display" ]; do sleep 0.1; done
DISPLAY=:$(cat "$folder/tmp/display")
export DISPLAY
entry="$folder/usr/share/applications/qwen-desktop.desktop"
command=$(sed -n 's/^Exec=\(.*\) %u$/\1/p' "$entry")
quick=$(sed -n '/^\[Desktop Action quick\]/,$ s/^Exec=//p' "$entry")
on_screen() { as_user env DISPLAY=$DISPLAY XDG_RUNTIME_DIR=/home/user "$@"; }
# What the app starts lives on after it; the last one takes the namespace with it.
session='"$@"; while ls -l /proc/[0-9]*/exe 2>/dev/null | grep -q /usr/lib/qwen-desktop; do sleep 0.2; done'
shown() { timeout 30 xdotool search --sync --onlyvisible --name "$1" | head -1; }
keys() { xdotool windowfocus --sync "$window" "$@"; }
picture() { import -window root "$folder-$1.png"; }
runs() { # from the start to the first window, then what "$@" does, then a close
    begun=$(date +%s.%N)
    on_screen sh -c "$session" app "$command" 2>"$folder/tmp/said" &
    app=$!
    window=$(shown "Qwen Desktop")
    echo "$begun $(date +%s.%N)" | awk '{printf "start to window %.2f s\n", $2 - $1}'
    "$@"
    keys key ctrl+q
    wait $app
    [ ! -s "$folder/tmp/said" ] || { echo "it said:"; cat "$folder/tmp/said"; exit 1; }
}
database="$folder/home/user/.local/share/qwen-desktop/history.sqlite3"
# Of the first NUMBER messages a sum over all that was said; without one, how many replies are whole.
look() { python3 -c 'import hashlib, sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
if len(sys.argv) == 3:
    rows = db.execute("SELECT id, parent_id, role, status, text FROM message ORDER BY id LIMIT ?", (int(sys.argv[2]),))
    print(hashlib.sha256(repr(rows.fetchall()).encode()).hexdigest())
else:
    where = "role=? AND status=? AND length(text) > 100"
    print(db.execute(f"SELECT count(*) FROM message WHERE {where}", ("assistant", "complete")).fetchone()[0])' \
    "$database" "$@" 2>/dev/null || echo 0; }
wait_for() { # NUMBER of whole replies in the history
    tries=0
    while [ "$(look)" -lt "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt 150 ] || { picture failed; echo "no reply in the history"; exit 1; }
        sleep 0.2
    done
    echo "$1 whole replies in the history"
}
chat() { # PROMPT
    expected=$((expected + 1))
    keys type "$1"
    keys key Return
    wait_for "$expected"
}
expected=0
at_first() {
    sleep 2
    keys key Return # an empty key: the demo
    sleep 1
    chat formula
    sleep 1
    picture chat
    say "quick ask, by the action of the desktop entry"
    main=$window
    on_screen $quick "about a table" 3>&-
    window=$(shown "Quick ask")
    sleep 1
    expected=$((expected + 1))
    keys key Return
    wait_for "$expected"
    sleep 1
    picture quick-ask
    window=$main
}
runs at_first

say "ten thousand messages"
python3 -c 'import json, sys
for chat in range(100):
    said = [{"role": ("user", "assistant")[n % 2], "content": f"{chat}.{n}: " + "很长的一段话 and words " * 12} for n in range(100)]
    json.dump(said, open(f"{sys.argv[1]}/{chat:02}.json", "w"))' "$folder/debs"
as_user sh -c 'qwen-desktop import /debs/*.json' | tail -1
rm "$folder"/debs/*.json
held=$(python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM message").fetchone()[0])' "$database")
before=$(look "$held")
expected=$(look)
intact() { [ "$(look "$held")" = "$before" ] && echo "all $held messages are as they were" || { echo "messages changed"; exit 1; }; }

install() { # PACKAGE
    in_root apt-get install -qq -y --no-install-recommends --reinstall --allow-downgrades "/debs/$1.deb" >/dev/null
    in_root dpkg-query -W qwen-desktop
    in_root dpkg -V qwen-desktop
}
say "upgrade while it runs"
upgraded() {
    sleep 2
    install new
    sleep 1
    chat table # with modules that it had not imported before
    sleep 1
    picture upgraded
    place=$(convert "$folder-upgraded.png" txt: | awk -F'[,: ]' '/#615CED/ && $2 < 160 {n++; x += $1; y += $2}
        END {if (n > 1000) printf "%d %d", x / n, y / n}')
    [ -n "$place" ] || { echo "nothing was said of the upgrade"; exit 1; }
    old=$window
    xdotool mousemove $place click 1
    while xdotool getwindowname "$old" >/dev/null 2>&1; do sleep 0.1; done
    window=$(shown "Qwen Desktop")
    echo "restarted by its button"
    sleep 3
    picture restarted
    chat formula
}
runs upgraded
intact

say "reinstall, downgrade, upgrade: the history stays"
again() {
    sleep 2
    chat table
}
for next in new old new; do
    install $next
    runs again
    intact
done

say "remove, purge"
(cd "$folder/home/user" && find . -type f | sort) >"$folder/tmp/user-before"
in_root apt-get remove -qq -y qwen-desktop >/dev/null
in_root dpkg --purge qwen-desktop 2>/dev/null # no configuration of its own: nothing is left to purge
files >"$folder/tmp/files-after"
diff "$folder/tmp/files-before" "$folder/tmp/files-after" && echo "nothing is left of it"
(cd "$folder/home/user" && find . -type f | sort) | diff "$folder/tmp/user-before" - && echo "the user's files are all there"
wait_for "$expected"
intact
