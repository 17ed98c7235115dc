#!/usr/bin/env bash
# Builds what is published, into dist/<surface>/. The libraries are built once, optimised and without the testkit;
# each surface's dist.sh then packs its own artefact from them, and finds them in $DOVETAIL_TARGET.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$DOVETAIL_ROOT"

surfaces=(bindings/c python node swift kotlin)

"$DOVETAIL_SETUP/rust.sh"
for surface in "${surfaces[@]}"; do
    "$DOVETAIL_SETUP/$(basename "$surface").sh"
done

export DOVETAIL_TARGET=$DOVETAIL_ROOT/target/dist DOVETAIL_DIST=$DOVETAIL_ROOT/dist
# Programs that nobody ships are left out: each would be optimised as a whole.
step "libraries, optimised" cargo build --workspace --exclude dovetail-tests --exclude dovetail-examples \
    --exclude dovetail-benches --exclude dovetail-counts --profile dist --no-default-features
# Beside an rlib, which the other libraries need, the C libraries are not optimised as a whole: once more, alone.
for kind in staticlib cdylib; do
    step "C library, $kind" cargo rustc -p dovetail-c --lib --profile dist --no-default-features --crate-type "$kind"
done

failed=0
for surface in "${surfaces[@]}"; do
    name=$(basename "$surface")
    rm -rf "${DOVETAIL_DIST:?}/$name"
    mkdir -p "$DOVETAIL_DIST/$name"
    step "pack $name" "$surface/dist.sh" || failed=1
done
(cd "$DOVETAIL_DIST" && find . -type f -size +0 -printf '%9s  %P\n' | sort -k 2)
exit "$failed"
