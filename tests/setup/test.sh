#!/usr/bin/env bash
# test.sh [SURFACE…]: sets up, builds and tests the named surfaces (all of them without an argument), one after the
# other, whatever happens to the ones before. Ends with a table and the plain line `N passed, N failed[, N skipped]`.
# A surface is skipped only when the machine has not the means for it, and never when CI is set.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$DOVETAIL_ROOT"

# What toolchains, builds and test tools of all surfaces take together.
NEEDED_MB=8000

surfaces=("$@")
((${#surfaces[@]})) || surfaces=(core python node c swift kotlin interop)

# Where a surface lives, and its name in the programs that compare surfaces.
folder() {
    case $1 in c) echo bindings/c ;; *) echo "$1" ;; esac
}
alias_of() {
    case $1 in core) echo rust ;; c) echo cpp ;; *) echo "$1" ;; esac
}

# What a surface needs before it can be built.
needs() {
    case $1 in
        # For valgrind, under which instructions are counted; that test says itself when it is missing.
        core) "$DOVETAIL_SETUP/c.sh" || true ;;
        python | node | c | swift | kotlin) "$DOVETAIL_SETUP/$1.sh" ;;
        interop) ;;
        interop-full) "$DOVETAIL_SETUP/peers.sh" rust ;;
        *) say "no such surface: $1" && return 2 ;;
    esac
}

# The tests of a surface: its own, then the scripts and the shared cases that every surface must pass alike, then the
# official suite against its server. What compares all surfaces comes with the matrix.
tests() {
    local bad=0
    case $1 in
        core)
            cargo test --workspace || bad=$?
            "$DOVETAIL_TARGET/counts" || bad=$?
            ;;
        interop)
            "$DOVETAIL_TARGET/interop" --smoke --surfaces "$present" || bad=$?
            "$DOVETAIL_TARGET/parity" --surface "$present" || bad=$?
            "$DOVETAIL_VENV/bin/python" tests/shown.py --surfaces "$present" || bad=$?
            return "$bad"
            ;;
        interop-full)
            build_all && "$DOVETAIL_TARGET/interop" --surfaces "$present" --peers rust,typescript,python
            return
            ;;
        *) "$(folder "$1")/test.sh" || bad=$? ;;
    esac
    ((bad != DOVETAIL_SKIP)) || return "$bad"
    # A failure above must not hide one below.
    "$DOVETAIL_TARGET/scripts" --surface "$(alias_of "$1")" || bad=$?
    "$DOVETAIL_TARGET/cases" --surface "$(alias_of "$1")" || bad=$?
    official "$(alias_of "$1")" || bad=$?
    return "$bad"
}

# The official suite against a surface's server, at the newest revision of each era.
official() {
    grep -q '"everything-server"' "conformance/adapters/$1/run.json" || return 0
    case $suite in
        0) "$DOVETAIL_VENV/bin/python" conformance/run.py --server-only --versions 2025-11-25,2026-07-28 --surfaces "$1" ;;
        "$DOVETAIL_SKIP") echo "conformance: 0 passed, 0 failed, 1 skipped" ;;
        *) echo "conformance: 0 passed, 1 failed" && return 1 ;;
    esac
}

# For a matrix without the surfaces' own tests before it.
build_all() {
    local surface
    for surface in python node c swift kotlin; do
        case ",$present," in
            *",$(alias_of "$surface"),"*) build "$surface" || return ;;
        esac
    done
}
build() {
    case $1 in c) make -s -C bindings/c all ;; *) "$1/build.sh" ;; esac
}

# Counts what a log says was run, in whichever form the language's own runner says it. A closing line of our own form
# settles it; the programs that compare surfaces write their name before theirs, and count in addition.
tally() {
    awk '
        # A program that writes its name before the line may repeat the line without it.
        /^[0-9]+ passed, [0-9]+ failed/ && $1 " " $3 == named { named = ""; next }
        /^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ { own = 1; op += $1; of += $3; os += $5 }
        /^[a-z]+( [a-z]+)?: [0-9]+ passed, [0-9]+ failed/ { sub(/^[^:]*: /, ""); xp += $1; xf += $3; xs += $5; named = $1 " " $3 }
        /^test result: / { p += $4; f += $6; s += $8 }
        /^(=+ )?([0-9]+ [a-z]+, )*[0-9]+ [a-z]+ in [0-9.]+s/ {
            for (i = 1; i < NF; i++) {
                if ($(i + 1) ~ /^passed/) p += $i
                if ($(i + 1) ~ /^(failed|error)/) f += $i
                if ($(i + 1) ~ /^skipped/) s += $i
            }
        }
        /^(# |ℹ )pass [0-9]+$/ { p += $3 }
        /^(# |ℹ )fail [0-9]+$/ { f += $3 }
        /^(# |ℹ )skipped [0-9]+$/ { s += $3 }
        /^Test Suite .All tests. (passed|failed)/ { xctest = 1 }
        xctest && /Executed [0-9]+ tests?, with / {
            for (i = 1; i < NF; i++) {
                if ($i == "Executed") run = $(i + 1)
                if ($(i + 1) ~ /^failures?$/) bad = $i
            }
            p += run - bad; f += bad; xctest = 0
        }
        /Test run with [0-9]+ tests? .*(passed|failed) after/ {
            for (i = NF - 1; i > 0; i--) if ($i == "with") run = $(i + 1)
            if ($0 ~ /passed after/) p += run; else { f += 1; p += run - 1 }
        }
        /^\[[A-Z]+\] Tests run: [0-9]+, Failures: [0-9]+, Errors: [0-9]+, Skipped: [0-9]+$/ {
            gsub(",", ""); p += $4 - $6 - $8 - $10; f += $6 + $8; s += $10
        }
        END { if (own) print op + xp, of + xf, os + xs; else print p + xp, f + xf, s + xs }' "$1"
}

began=$SECONDS
"$DOVETAIL_SETUP/rust.sh"
rows=() passed=0 failed=0 skipped=0

row() {
    rows+=("$(printf '%-8s %8s %8s %8s %8s' "$@")")
    ((passed += $2, failed += $3, skipped += $4)) || true
}

say "set up"
# A full disk fails wherever it happens to be written to; this says why.
free=$(df -Pm "$DOVETAIL_ROOT" | awk 'NR == 2 { print $4 }')
((free >= NEEDED_MB)) || say "  ! only $free MB are free here; a whole run takes up to $NEEDED_MB"
declare -A state
for surface in "${surfaces[@]}"; do
    status=0
    needs "$surface" || status=$?
    state[$surface]=$status
done
suite=0
case " ${surfaces[*]} " in
    " interop "* | " interop-full ") ;;
    *) "$DOVETAIL_SETUP/conformance.sh" suite || suite=$? ;;
esac
# Surfaces that this machine cannot build are no part of the matrix.
present=rust
case " ${surfaces[*]} " in
    *" interop"*)
        for surface in python node c swift kotlin; do
            status=${state[$surface]:-0}
            [ -n "${state[$surface]:-}" ] || needs "$surface" || status=$?
            ((status == DOVETAIL_SKIP)) || present+=,$(alias_of "$surface")
        done
        ;;
esac

say "build"
built=0
step "build everything" cargo build --workspace || built=$?

say "test"
for surface in "${surfaces[@]}"; do
    start=$SECONDS name=${surface%-full} status=${state[$surface]}
    if ((status == DOVETAIL_SKIP)); then
        row "$name" 0 0 1 0
        continue
    fi
    if ((status || built)); then
        say "  ✗ $name: cannot be built, see above"
        row "$name" 0 1 0 0
        continue
    fi
    log=$DOVETAIL_LOGS/test-$name.log
    : >"$log"
    step "test $name" tests "$surface" || status=$?
    if ((status == DOVETAIL_SKIP)) && [ -z "${CI:-}" ]; then
        say "  – skipped: $(tail -n 1 "$log")"
        row "$name" 0 0 1 $((SECONDS - start))
        continue
    fi
    read -r p f s <<<"$(tally "$log")"
    # The command's own verdict counts too: it may fail after its last test. One that ran no test shows nothing.
    ((status && f == 0)) && f=1
    ((p + f == 0)) && f=1
    row "$name" "$p" "$f" "$s" $((SECONDS - start))
done

say ""
printf '%-8s %8s %8s %8s %8s\n' surface passed failed skipped seconds
printf '%s\n' "${rows[@]}"
printf 'all in %d s\n\n' $((SECONDS - began))
if ((skipped)); then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
if ((failed)) || { ((skipped)) && [ -n "${CI:-}" ]; }; then
    exit 1
fi
