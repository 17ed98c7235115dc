#!/usr/bin/env bash
# in-swift.sh COMMAND…: runs a command with the Swift toolchain, in the current directory. With a host toolchain that
# is a plain exec; else the command runs inside the toolchain's root, where the checkout and /tmp lie under the same
# paths. Programs built here are started on the host with swift-run.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ ! -e "$DOVETAIL_STATE/swift-host" ] || exec "$@"

exec unshare --mount --propagation private bash -euc '
    root=$1 checkout=$2 here=$3
    shift 3
    mount -t proc proc "$root/proc"
    mkdir -p "$root$checkout"
    mount --bind "$checkout" "$root$checkout"
    mount --bind /tmp "$root/tmp"
    exec chroot "$root" /usr/bin/env -C "$here" HOME=/root \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
' in-swift "$(readlink -f "$DOVETAIL_STATE/swift-root")" "$DOVETAIL_ROOT" "$PWD" "$@"
