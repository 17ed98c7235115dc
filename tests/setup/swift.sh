#!/usr/bin/env bash
# Makes Swift available. A `swift` of version 6 on PATH is used as it is. Otherwise, on Debian as root, a root of its
# own outside the checkout is filled from the machine's package mirror, once, and reused by every checkout.
# Exit status 77: no means here.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

suite=trixie

if have swift; then
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1) || true
    if at_least "${version:-0}" 6.0; then
        mkdir -p "$DOVETAIL_STATE"
        touch "$DOVETAIL_STATE/swift-host"
        exit 0
    fi
    say "  swift ${version:-unknown} on PATH is older than 6.0 and is not used"
fi

root=$DOVETAIL_SWIFT_ROOT

# Programs started over the protocol get only a short list of variables, so the place is written down.
finish() {
    rm -f "$DOVETAIL_STATE/swift-host"
    mkdir -p "$DOVETAIL_STATE"
    ln -sfn "$root" "$DOVETAIL_STATE/swift-root"
    exit 0
}
# Entering the root takes as much privilege as making it.
can_apt || unavailable "Swift: no swift >= 6.0 on PATH, and its own root needs Debian and root"
[ -e "$root.ready" ] && [ -x "$root/usr/bin/swift" ] && finish

[ "$(uname -m)" = x86_64 ] || [ "$(uname -m)" = aarch64 ] || unavailable "Swift: no toolchain for $(uname -m)"
unshare --mount true 2>/dev/null || unavailable "Swift: this container may not mount"

# The mirror this machine already trusts, whichever it is.
apt_lists
mirror=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' | awk '$2 == "Debian" { print $1; exit }')
[ -n "$mirror" ] || unavailable "Swift: no Debian mirror among the package sources"

have debootstrap || apt_install debootstrap debian-archive-keyring

# Two checkouts may set up at once; the second waits and finds the work done.
mkdir -p "$DOVETAIL_TOOLCHAINS"
exec 9>"$DOVETAIL_TOOLCHAINS/swift.lock"
flock 9
[ -e "$root.ready" ] && finish
rm -rf "$root"

bootstrap() {
    debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$suite" "$root" "$mirror"
}

# What Swift needs not is not unpacked: documentation, static libraries, the debugger. Half the size.
lean() {
    mkdir -p "$root/etc/dpkg/dpkg.cfg.d" "$root/etc/apt/apt.conf.d"
    cat >"$root/etc/dpkg/dpkg.cfg.d/lean" <<'CONFIG'
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/libexec/swift/lib/swift_static/*
path-exclude=/usr/libexec/swift/lib/liblldb*
path-exclude=/usr/libexec/swift/lib/libsourcekitdInProc.so
path-exclude=/usr/libexec/swift/bin/lldb*
path-exclude=/usr/libexec/swift/bin/clangd
path-exclude=/usr/libexec/swift/bin/sourcekit-lsp
CONFIG
    cat >"$root/etc/apt/apt.conf.d/99lean" <<'CONFIG'
APT::Install-Recommends "false";
Acquire::Languages "none";
CONFIG
    apt-config dump | grep -i '^Acquire::http' >>"$root/etc/apt/apt.conf.d/99lean" || true
    # A name server's address may be a link into the host; the root needs the text.
    rm -f "$root/etc/resolv.conf"
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    if [ -d /etc/ssl/certs ]; then
        mkdir -p "$root/etc/ssl/certs"
        cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true
    fi
}

# Swift finds its own libraries through /proc; the mount disappears with the namespace.
populate() {
    unshare --mount --propagation private bash -euc '
        mount -t proc proc "$0/proc"
        chroot "$0" apt-get update -qq
        DEBIAN_FRONTEND=noninteractive chroot "$0" apt-get install -y -qq swiftlang libc6-dev
        chroot "$0" apt-get clean
        rm -rf "$0"/var/lib/apt/lists/*
        chroot "$0" swift --version' "$root"
}

step "Swift: Debian $suite root" bootstrap
lean
step "Swift: toolchain (half a gigabyte to fetch)" populate
touch "$root.ready"
finish
