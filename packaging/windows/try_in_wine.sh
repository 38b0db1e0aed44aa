#!/bin/bash
# Tries an installer as far as Wine goes: install, self-test, what only Windows has (probe.py), window, chat, link, a
# second start, repair, an upgrade while the app runs, removal with and without the user's data.
#
#     sudo packaging/windows/try_in_wine.sh FOLDER MIRROR SETUP NEWER_SETUP
#
# FOLDER becomes a Debian 13 with Wine 10 (2 GB; kept, so that a second try is quick), and gets three pictures.  The X
# server and the keys are this machine's.  Needs root, debootstrap, gcc-mingw-w64, Xvfb, openbox, xdotool, ImageMagick.
# Not part of .ci/run.
set -eu

folder=$(realpath -m "${1:?folder of the Debian}") mirror=${2:?address of a Debian mirror}
setup=${3:?installer} newer=${4:?the same with a higher version}
here=$(cd "$(dirname "$0")" && pwd)
display=${QD_DISPLAY:-:88}
export DISPLAY=$display

say() { echo "== $*"; }
fail() { echo "failed: $*"; exit 1; }
since() { echo "$1 $(date +%s.%N)" | awk '{printf "%.1f s", $2 - $1}'; }
now() { date +%s.%N; }

[ -x "$folder/usr/bin/apt-get" ] || debootstrap --variant=minbase trixie "$folder" "$mirror"
cp /etc/resolv.conf /etc/hosts "$folder/etc/" 2>/dev/null || true
# What begins here runs in namespaces of its own, and vanishes with them: the mounts, and every process.
mkdir -p "$folder/tmp/.X11-unix" "$folder/root/try"
unshare --mount --pid --fork --kill-child sh -eu -c '
    mount -t proc proc "$0/proc"
    mount -t tmpfs tmpfs "$0/dev/shm"
    mount -t devpts devpts "$0/dev/pts" -o ptmxmode=666,newinstance
    mount --bind /tmp/.X11-unix "$0/tmp/.X11-unix"
    exec sleep infinity' "$folder" &
space=$!
pids=
trap 'kill -KILL $space; kill $pids 2>/dev/null || true' EXIT # unshare hears nothing else
until inside=$(pgrep -P $space sleep); do sleep 0.1; done
in_root() {
    nsenter --target "$inside" --mount --pid chroot "$folder" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive DISPLAY=$display WINEDEBUG=-all \
        WINEDLLOVERRIDES=winemenubuilder.exe=d "$@"
}
if [ ! -x "$folder/usr/bin/wine" ]; then
    in_root apt-get -qq update
    in_root apt-get -qq install -y --no-install-recommends wine wine64 fonts-noto-cjk libx11-6 libxext6 libxrender1 \
        libxi6 libxcursor1 libxrandr2 libxcomposite1 libfreetype6 libfontconfig1 libgnutls30t64 >/dev/null
fi
Xvfb $display -screen 0 1280x800x24 -nolisten tcp >/dev/null 2>&1 &
pids="$pids $!"
until [ -S "/tmp/.X11-unix/X${display#:}" ]; do sleep 0.1; done
openbox >/dev/null 2>&1 &
pids="$pids $!"

say "$(in_root wine --version), $(basename "$setup"), $(stat -c %s "$setup" | awk '{printf "%.1f MB", $1 / 1e6}')"
rm -rf "$folder/root/.wine"
in_root wineboot -i >/dev/null 2>&1
x86_64-w64-mingw32-gcc -shared -Os -s -o "$folder/root/.wine/drive_c/windows/system32/icuuc.dll" "$here/icuuc_stub.c"
cp "$setup" "$folder/root/try/setup.exe"
cp "$newer" "$folder/root/try/newer.exe"
cp "$here/probe.py" "$folder/root/try/"
user="$folder/root/.wine/drive_c/users/root"
app="$user/AppData/Local/Programs/Qwen Desktop"
data="$user/AppData/Local/qwen-desktop"
inside_app="/root/.wine/drive_c/users/root/AppData/Local/Programs/Qwen Desktop"

run() { in_root timeout 200 wine "$inside_app/$1" "${@:2}"; }
registry() { # the user's keys and values, without what Windows itself writes there as programs come and go
    in_root wineserver -w >/dev/null 2>&1 || true
    grep -v -e '^#time' -e '^\[.*\] [0-9]' "$folder/root/.wine/user.reg" | grep -i qwen || true
    grep -i -o '^\[.*qwen.*\]' "$folder/root/.wine/user.reg" || true
}
files() { (cd "$folder/root/.wine/drive_c" && find . -type f -o -type d | grep -v -e '/windows/' -e '/AppData/Local/Temp/' \
    -e '/AppData/Local/qwen-desktop' -e '/Microsoft/Windows/INetC' | sort); }
registered() { in_root wine reg query "$1" "${@:2}" 2>/dev/null | tr -d '\r'; }
installed_version() {
    registered 'HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\QwenDesktop' /v DisplayVersion | grep REG_SZ
}
window() { timeout 60 xdotool search --sync --onlyvisible --name "^Qwen Desktop$" | head -1; }
typed() { xdotool windowfocus --sync "$1" "${@:2}"; }
replies() { python3 -c 'import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(db.execute("SELECT count(*) FROM message WHERE role=? AND status=?", ("assistant", "complete")).fetchone()[0])' \
    "$data/history.sqlite3" 2>/dev/null || echo 0; }
wait_for() { # NUMBER of whole replies in the history
    for _ in $(seq 600); do
        [ "$(replies)" -ge "$1" ] && { echo "$1 whole replies in the history"; return; }
        sleep 0.2
    done
    fail "no reply in the history"
}
open_window() { # in the background; its process's end is waited for with `wait $opened`
    rm -f "$data"/logs/qwen-desktop.log
    begun=$(now)
    run QwenDesktop.exe >/dev/null 2>&1 &
    opened=$!
    main=$(window)
    echo "start to window $(since "$begun")"
    # It is all there once it has its hotkey; then it looks for a key.
    for _ in $(seq 600); do grep -q RegisterHotKey "$data"/logs/qwen-desktop.log 2>/dev/null && break; sleep 0.1; done
    at_rest
}
ticks() { cat $(pgrep -f 'QwenDesktop\.exe' | sed 's|.*|/proc/&/stat|') 2>/dev/null | awk '{sum += $14 + $15} END {print sum}'; }
at_rest() { # until the app does next to nothing for two seconds
    still=0
    for _ in $(seq 100); do
        before=$(ticks)
        sleep 1
        [ $(($(ticks) - before)) -le 5 ] && still=$((still + 1)) || still=0
        [ $still -lt 2 ] || return 0
    done
}

files >"$folder/root/try/files-before"

say "install"
begun=$(now)
in_root wine /root/try/setup.exe /S
echo "installed in $(since "$begun"), $(du -sm --apparent-size "$app" | cut -f1) MiB in $(find "$app" -type f | wc -l) files"
run qwen-desktop.exe --version | tr -d '\r'
installed_version
registered 'HKCU\Software\Classes\qwen-desktop\shell\open\command' | grep REG_SZ
[ -f "$user/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Qwen Desktop.lnk" ] || fail "no entry in the Start menu"
grep -q -a -e "$(printf 'io.github.qwendesktop' | sed 's/./&\\x00/g')" -P \
    "$user/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Qwen Desktop.lnk" &&
    echo "the Start menu's entry has its AppUserModelID" || echo "no AppUserModelID was written to the Start menu's entry"

say "self-test"
run qwen-desktop.exe --self-test >/dev/null 2>&1 || echo "the first one, which makes bytecode, took longer than a minute"
run qwen-desktop.exe --self-test | tr -d '\r' | grep passed
[ ! -e "$data" ] || fail "the self-test left something"

say "from inside"
cp "$app/app/start.py" "$folder/root/try/start.py"
cp "$here/probe.py" "$app/app/start.py"
run qwen-desktop.exe | tr -d '\r' || fail "the probe"
cp "$folder/root/try/start.py" "$app/app/start.py"

say "window, chat with the demo"
open_window
typed "$main" key Return # an empty key: the demo
at_rest
typed "$main" type "formula"
typed "$main" key Return
wait_for 1
at_rest
import -window root "$folder/window.png"

say "a link, by the command that is registered for it" # Wine 10 itself does not find it: ERROR_INVALID_NAME
command=$(registered 'HKCU\Software\Classes\qwen-desktop\shell\open\command' | sed -n 's/.*REG_SZ *"\(.*\)" "%1"/\1/p')
begun=$(now)
in_root wine "$command" "qwen-desktop://ask?q=from%20a%20link"
for _ in $(seq 100); do
    quick=$(xdotool search --onlyvisible --name "quick|Quick" | head -1) && [ -n "$quick" ] && break
    sleep 0.1
done
[ -n "$quick" ] || fail "no quick ask"
echo "quick ask after $(since "$begun")"
at_rest
import -window root "$folder/link.png"
[ "$(replies)" = 1 ] || fail "a link must not send"
xdotool key Return
wait_for 2
python3 -c 'import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print("asked:", [text for text, in db.execute("SELECT text FROM message WHERE role=? ORDER BY id", ("user",))])' \
    "$data/history.sqlite3"
xdotool key Escape

say "a second start hands over and ends"
begun=$(now)
run QwenDesktop.exe
echo "ended after $(since "$begun")"

say "repair: the same again over it, with a file gone, while the app runs"
rm "$app/app/pygments/lexers/ruby.py"
begun=$(now)
in_root wine /root/try/setup.exe /S /AUTOSTART=1
echo "repaired in $(since "$begun")"
wait $opened && echo "the window's process ended with 0"
[ -f "$app/app/pygments/lexers/ruby.py" ] || fail "not repaired"
registered 'HKCU\Software\Microsoft\Windows\CurrentVersion\Run' | grep QwenDesktop
for _ in $(seq 100); do pgrep -f 'QwenDesktop.exe --hidden' >/dev/null && break; sleep 0.1; done
pgrep -f 'QwenDesktop.exe --hidden' >/dev/null && echo "the app runs again, hidden"
run qwen-desktop.exe --quit
echo "the running app was asked to end, and has"

say "upgrade while a reply is written"
open_window
typed "$main" type "long"
typed "$main" key Return
sleep 3
in_root wine /root/try/newer.exe /S
wait $opened && echo "the window's process ended with 0"
installed_version
run qwen-desktop.exe --quit
python3 -c 'import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
status, text = db.execute("SELECT status, text FROM message WHERE role=? ORDER BY id DESC", ("assistant",)).fetchone()
print(f"the reply under way: {status}, {len(text)} characters kept")
assert len(text) > 0' "$data/history.sqlite3"
[ "$(replies)" -ge 2 ] || fail "the history"

say "remove, silently: the data stay"
in_root wine "$inside_app/uninstall.exe" /S
for _ in $(seq 300); do [ -e "$app" ] || break; sleep 0.1; done
in_root wineserver -w
files | diff "$folder/root/try/files-before" - || fail "files are left"
echo "no file or folder is left but the user's data"
left=$(registry)
[ -z "$left" ] && echo "no registry key or value is left" || fail "left in the registry: $left"
[ "$(replies)" -ge 2 ] && echo "the user's history is there"

say "install again: the chats are there; remove, with the data"
in_root wine /root/try/newer.exe /S
open_window
import -window root "$folder/again.png"
run qwen-desktop.exe --quit
wait $opened
in_root wine "$inside_app/uninstall.exe" /S /DELETEDATA
for _ in $(seq 300); do [ -e "$app" ] || break; sleep 0.1; done
in_root wineserver -w
[ ! -e "$data" ] && echo "the data are gone" || { find "$data"; fail "data are left"; }
files | diff "$folder/root/try/files-before" - || fail "files are left"
echo "nothing is left"
[ -z "$(registry)" ] || fail "left in the registry: $(registry)"
say "all done"
