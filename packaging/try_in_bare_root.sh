#!/bin/sh
# Tries the two commands of the README in a bare Debian: debootstrap's minbase and python3, nothing else.
#
#     sudo packaging/try_in_bare_root.sh FOLDER MIRROR [SUITE]
#
# FOLDER is kept, so that a second try is quick; delete FOLDER/project for a fresh set-up, or all of it for a bare root.
# Your own settings reach pip as they do anywhere: PIP_* variables are passed on, and PIP_CERT's file is copied.
# Not part of .ci/run: it needs root, debootstrap and some minutes.
set -eu

folder=${1:?folder of the bare root} mirror=${2:?address of a Debian mirror} suite=${3:-bookworm}
project=$(cd "$(dirname "$0")/.." && pwd)

if [ ! -x "$folder/usr/bin/python3" ]; then
    debootstrap --variant=minbase --include=python3 "$suite" "$folder" "$mirror"
fi
mkdir -p "$folder/project"
git -C "$project" archive HEAD | tar -x -C "$folder/project"

environment="HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8"
for name in $(env | sed -n 's/^\(PIP_[A-Z_]*\)=.*/\1/p'); do
    case $name in
        PIP_CERT) cp "$PIP_CERT" "$folder/root/certificates.pem" && environment="$environment PIP_CERT=/root/certificates.pem" ;;
        PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_TRUSTED_HOST | PIP_DEFAULT_TIMEOUT | PIP_PROXY)
            environment="$environment $name=$(printenv "$name")" ;;
    esac
done
cp /etc/resolv.conf /etc/hosts "$folder/etc/" 2>/dev/null || true

# The mounts and every process vanish with the namespaces.
in_root() {
    unshare --mount --pid --fork --kill-child sh -eu -c '
        mount -t proc proc "$0/proc"
        mount -t tmpfs tmpfs "$0/dev/shm"
        mount -t devpts devpts "$0/dev/pts" -o ptmxmode=666,newinstance
        root=$0
        exec chroot "$root" env -i "$@"' "$folder" $environment "$@"
}

echo "== python3 run.py (no screen: the conversation in the terminal)"
echo "Hello" | in_root sh -c 'cd /project && exec python3 run.py'
echo "== python3 run.py test"
in_root sh -c 'cd /project && exec python3 run.py test </dev/null'
echo "== both commands ended well"
