#!/bin/sh
# Tries a package as a user's machine meets it, in a bare Debian: install with apt, self-test, start from its desktop
# entry, chat, upgrade, downgrade, remove, purge.  What the user wrote must be there in the end, and nothing else.
#
#     sudo packaging/linux/try_deb_in_bare_root.sh FOLDER MIRROR DEB NEWER_DEB [SUITE]
#
# FOLDER is kept, so that a second try is quick; the package must not be installed in it.  The X server, the keys and
# the picture (FOLDER.png) are this machine's: nothing but the package and what it asks for is installed in the root.
# Needs root, debootstrap, Xvfb, xdotool and ImageMagick.  Not part of .ci/run.
set -eu

folder=${1:?folder of the bare root} mirror=${2:?address of a Debian mirror}
deb=${3:?package} newer=${4:?the same with a higher version} suite=${5:-bookworm}
display=:87

[ -x "$folder/usr/bin/apt-get" ] || debootstrap --variant=minbase "$suite" "$folder" "$mirror"
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

mkdir -p "$folder/home/user" && chown 1234:1234 "$folder/home/user"
in_root apt-get -qq update

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
Xvfb $display -screen 0 1280x800x24 -nolisten tcp >/dev/null 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
while [ ! -S "/tmp/.X11-unix/X${display#:}" ]; do sleep 0.1; done
command=$(sed -n 's/^Exec=\(.*\) %u$/\1/p' "$folder/usr/share/applications/qwen-desktop.desktop" | head -1)
runs() { # from the start to the first window, then what "$@" does, then a close
    begun=$(date +%s.%N)
    as_user env DISPLAY=$display XDG_RUNTIME_DIR=/home/user "$command" 2>/dev/null &
    app=$!
    window=$(timeout 30 xdotool search --sync --onlyvisible --name "Qwen Desktop" | head -1)
    echo "$begun $(date +%s.%N)" | awk '{printf "start to window %.2f s\n", $2 - $1}'
    "$@"
    xdotool windowfocus "$window" key ctrl+q
    wait $app
}
typed() { DISPLAY=$display xdotool windowfocus "$window" "$@"; }
database="$folder/home/user/.local/share/qwen-desktop/history.sqlite3"
count() { python3 -c 'import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
where = "role=? AND status=? AND length(text) > 100"
print(db.execute(f"SELECT count(*) FROM message WHERE {where}", ("assistant", "complete")).fetchone()[0])' \
    "$database" 2>/dev/null || echo 0; }
wait_for() { # NUMBER of whole replies in the history
    tries=0
    while [ "$(count)" -lt "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt 150 ] || { echo "no reply in the history"; exit 1; }
        sleep 0.2
    done
    echo "$1 whole replies in the history"
}
chat_at_first() {
    sleep 2
    typed key Return # an empty key: the demo
    sleep 1
    typed type "formula"
    typed key Return
    wait_for 1
    sleep 1
    DISPLAY=$display import -window root "$folder.png"
}
chat_again() {
    sleep 2
    typed type "table"
    typed key Return
    wait_for "$expected"
}
export DISPLAY=$display
runs chat_at_first

say "reinstall, upgrade, downgrade: the history stays"
expected=1
for next in old new old new; do
    in_root apt-get install -qq -y --no-install-recommends --reinstall --allow-downgrades "/debs/$next.deb" >/dev/null
    expected=$((expected + 1))
    echo "$(in_root dpkg-query -W qwen-desktop)"
    runs chat_again
done

say "remove, purge"
(cd "$folder/home/user" && find . -type f | sort) >"$folder/tmp/user-before"
in_root apt-get remove -qq -y qwen-desktop >/dev/null
in_root dpkg --purge qwen-desktop 2>/dev/null # no configuration of its own: nothing is left to purge
files >"$folder/tmp/files-after"
diff "$folder/tmp/files-before" "$folder/tmp/files-after" && echo "nothing is left of it"
(cd "$folder/home/user" && find . -type f | sort) | diff "$folder/tmp/user-before" - && echo "the user's files are all there"
wait_for "$expected"
