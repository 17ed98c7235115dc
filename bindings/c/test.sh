#!/usr/bin/env bash
# Tests the C and C++ surface: cargo-built archive in target/debug, programs in target/c. Checks the tests, the
# examples against each other on both transports, the README's snippets, and memory (valgrind, else AddressSanitizer).
# The last line is `N passed, N failed`; the exit code counts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [ -f tests/setup/common.sh ]; then
    . tests/setup/common.sh
fi
root=$PWD
out=$root/target/c
passed=0
failed=0

# check NAME COMMAND…: one check; its output is shown when it fails.
check() {
    local name=$1 said status=0
    shift
    said=$("$@" 2>&1) || status=$?
    if [ "$status" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s (exit %s)\n%s\n' "$name" "$status" "$said"
    fi
}

# count NAME PROGRAM…: a test program, whose own closing line is added up.
count() {
    local name=$1 said status=0 line
    shift
    said=$(timeout 120 "$@" 2>&1) || status=$?
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' <<<"$said" | tail -n 1) || line=""
    if [ -z "$line" ]; then
        line="0 passed, 1 failed"
    fi
    passed=$((passed + ${line%% *}))
    line=${line#*, }
    failed=$((failed + ${line%% *}))
    if [ "$status" != 0 ]; then
        printf 'FAILED %s (exit %s)\n%s\n' "$name" "$status" "$said"
    fi
}

# forecast COMMAND…: runs a client of the weather server and looks at what it says.
forecast() {
    local said
    said=$(timeout 60 "$@") || return
    grep -qx 'tool: weather, Forecast for a city' <<<"$said" && grep -qx 'progress: 3 of 3, day 3' <<<"$said" &&
        [ "$(grep -c '^day [123]: [0-9]* to [0-9]*, ' <<<"$said")" = 3 ] || { printf '%s\n' "$said"; return 1; }
}
# removal COMMAND…: the same for the remove server.
removal() {
    local said
    said=$(timeout 60 "$@") || return
    grep -qx 'question: Delete a.txt? yes' <<<"$said" && grep -qx 'deleted a.txt' <<<"$said" || { printf '%s\n' "$said"; return 1; }
}

# over_http CHECK CLIENT SERVER: the same over HTTP; ends the server that it started.
over_http() {
    local folder server line="" status=0
    folder=$(mktemp -d)
    mkfifo "$folder/said"
    "$3" --http 127.0.0.1:0 2>"$folder/said" &
    server=$!
    exec 3<"$folder/said"
    read -r -t 20 line <&3 || true
    "$1" "$2" "${line#listening on }" || status=$?
    kill "$server"
    wait "$server" 2>/dev/null || true
    exec 3<&-
    rm -rf "$folder"
    return "$status"
}

# snippets: the README's client calls the README's server; its other programs start and end with their input.
snippets() {
    local said
    said=$(timeout 60 "$out/readme/client" "$out/readme/server") || return
    [ "$said" = $'add: Add two numbers\n3' ] || { printf '%s\n' "$said"; return 1; }
    timeout 60 "$out/readme/tool" </dev/null && timeout 60 "$out/readme/notes" </dev/null
}

# guide FEATURE: the program prints what the programs of every language print.
guide() {
    timeout 60 "$out/guide/$1" | diff - "examples/guide/$1.txt"
}

# exchanged COMMAND…: the C program that needs no socket.
exchanged() {
    local said
    said=$("$@") || return
    grep -qx 'status: 200' <<<"$said" && grep -q '^result: .*"structuredContent":3' <<<"$said" || { printf '%s\n' "$said"; return 1; }
}

# usage CLIENT: without arguments it says how to use it; a target that is no URL is refused.
usage() {
    local status=0 said
    "$1" 2>/dev/null || status=$?
    [ "$status" = 2 ] || return 1
    status=0
    said=$("$1" /bin/true 2>&1) || status=$?
    [ "$status" = 1 ] && [[ $said == "error: invalid_argument: "* ]] || { printf '%s\n' "$said"; return 1; }
}

# Leaks that are still reachable at the end are the C library's own.
valgrind=(valgrind --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=9)

# clean CHECK SERVER: the C client starts the server under valgrind, which must run to its end and find nothing.
clean() {
    local log status=0
    log=$(mktemp)
    "$1" "$out/examples/c/client" -- "${valgrind[@]}" --log-file="$log" "$2" || status=$?
    grep -q 'ERROR SUMMARY: 0 errors' "$log" || { cat "$log"; status=1; }
    rm -f "$log"
    return "$status"
}

make -s -j 2 -C bindings/c all
export RUST_BACKTRACE=0

count "the C interface" "$out/tests/abi"
count "the C++ surface" "$out/tests/surface"
count "the features of C++" "$out/tests/features"
count "serving with C++" "$out/tests/serving"
count "layers of C++" "$out/tests/layers"
count "groups of C++" "$out/tests/groups"
count "C++ without a JSON library" "$out/tests/value"
for program in examples/cpp/guide/*.cpp; do
    check "guide $(basename "$program" .cpp)" guide "$(basename "$program" .cpp)"
done
for client in c cpp; do
    check "usage of the $client client" usage "$out/examples/$client/client"
    for server in c cpp; do
        check "$client client, $server weather, stdio" forecast "$out/examples/$client/client" -- "$out/examples/$server/weather"
        check "$client client, $server remove, stdio" removal "$out/examples/$client/client" -- "$out/examples/$server/remove"
        check "$client client, $server weather, http" over_http forecast "$out/examples/$client/client" "$out/examples/$server/weather"
        check "$client client, $server remove, http" over_http removal "$out/examples/$client/client" "$out/examples/$server/remove"
    done
done
check "C exchange" exchanged timeout 60 "$out/examples/c/exchange"
check "README snippets" snippets

if command -v valgrind >/dev/null 2>&1; then
    check "memory of the C exchange" exchanged "${valgrind[@]}" --quiet "$out/examples/c/exchange"
    check "memory of the C client" forecast "${valgrind[@]}" --quiet "$out/examples/c/client" -- "$out/examples/c/weather"
    check "memory of the C weather server" clean forecast "$out/examples/c/weather"
    check "memory of the C remove server" clean removal "$out/examples/c/remove"
    check "memory of the C++ client" forecast "${valgrind[@]}" --quiet "$out/examples/cpp/client" -- "$out/examples/cpp/weather"
    check "memory of the C++ weather server" clean forecast "$out/examples/cpp/weather"
    count "memory of the C interface" "${valgrind[@]}" --quiet "$out/tests/abi"
else
    make -s -C bindings/c SANITIZE=address examples tests
    check "memory of the C client and server" forecast "$out-address/examples/c/client" -- "$out-address/examples/c/weather"
    check "memory of the C remove server" removal "$out-address/examples/c/client" -- "$out-address/examples/c/remove"
    count "memory of the C interface" "$out-address/tests/abi"
fi

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
