#!/usr/bin/env bash
# swift-run.sh PROGRAM ARGUMENTS…: starts a program built by in-swift.sh on the host. With a host toolchain that is a
# plain exec; else the program runs under the loader and the libraries of the toolchain's root, so that it can start
# and be started by everything else on the host. Nothing leaks into its children: no environment variable is set.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

program=$1
shift
[ ! -e "$DOVETAIL_STATE/swift-host" ] || exec "$program" "$@"

root=$(readlink -f "$DOVETAIL_STATE/swift-root")
machine=$(uname -m)
case $machine in
    x86_64) loader=$root/lib64/ld-linux-x86-64.so.2 ;;
    *) loader=$root/lib/ld-linux-$machine.so.1 ;;
esac
swift=$(dirname "$(find "$root/usr" -name libswiftCore.so -path '*/linux/*' -print -quit)")
libraries=$DOVETAIL_TARGET:$swift:$root/usr/lib/$machine-linux-gnu:$root/lib/$machine-linux-gnu
exec "$loader" --inhibit-cache --library-path "$libraries" --argv0 "$program" "$program" "$@"
