#!/usr/bin/env bash
# Runs the official conformance suite against the surfaces that SURFACE names (comma-separated, without it all).
# `conformance.sh suite` only installs the suite, in its exact version, inside the checkout.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$DOVETAIL_ROOT"
began=$SECONDS

stage=$DOVETAIL_STATE/conformance
suite() {
    mkdir -p "$stage"
    cp "$DOVETAIL_SETUP/conformance/package.json" "$stage/"
    npm --prefix "$stage" install --no-audit --no-fund --no-package-lock --loglevel=error
}

"$DOVETAIL_SETUP/rust.sh"
"$DOVETAIL_SETUP/node.sh"
install_once "conformance suite" "$stage/suite.ready" "$DOVETAIL_SETUP/conformance/package.json" suite
[ "${1:-}" = suite ] && exit 0

say "set up and build"
step "build everything" cargo build --workspace
bad=0 present=()
IFS=, read -r -a surfaces <<<"${SURFACE:-rust,python,node,swift,kotlin,cpp}"
for surface in "${surfaces[@]}"; do
    status=0
    case $surface in
        rust) ;;
        c | cpp) surface=cpp && "$DOVETAIL_SETUP/c.sh" && step "build $surface" make -s -C bindings/c all || status=$? ;;
        python | node | swift | kotlin)
            "$DOVETAIL_SETUP/$surface.sh" && step "build $surface" "$surface/build.sh" || status=$?
            ;;
        *) say "no such surface: $surface" && exit 2 ;;
    esac
    case $status in
        0) present+=("$surface") ;;
        "$DOVETAIL_SKIP") ;;
        # The surfaces after it still say how they do.
        *) bad=$status ;;
    esac
done

say "run"
((${#present[@]})) || exit "${bad/#0/$DOVETAIL_SKIP}"
"$DOVETAIL_VENV/bin/python" conformance/run.py --surfaces "$(IFS=, && echo "${present[*]}")" || bad=$?
# What the official suite does not look at.
step "shared cases" target/debug/cases --surface "$(IFS=, && echo "${present[*]}")" || bad=$?
say "all in $((SECONDS - began)) s"
exit "$bad"
