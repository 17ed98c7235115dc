#!/usr/bin/env bash
# Runs the example client against the example servers, over both transports, and compares what it prints.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../tests/setup/common.sh"

java=(java "@$here/target/run.args")
examples=dev.dovetail.examples
work=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

cat >"$work/weather" <<'EOF'
tools: weather
progress: 3 of 3, day 3
Oslo, day 0: 23° / 15°, rain
Oslo, day 1: 24° / 16°, clear
Oslo, day 2: 25° / 17°, cloudy
EOF
cat >"$work/remove" <<'EOF'
tools: remove
question: Delete a.txt? yes
deleted a.txt
EOF

# Progress may coalesce: only the last report is sure to come.
client() {
    timeout 30 "${java[@]}" "$examples.client.ClientKt" "$@" | grep -v '^progress: [12] '
}

for name in weather remove; do
    main=$examples.$name.${name^}Kt
    client -- "${java[@]}" "$main" | diff "$work/$name" -

    mkfifo "$work/$name.err"
    "${java[@]}" "$main" --http 127.0.0.1:0 2>"$work/$name.err" &
    server=$!
    read -r -t 30 line <"$work/$name.err"
    client "${line#listening on }" | diff "$work/$name" -
    kill "$server"
    wait "$server" || true
    server=
done

# An error is one line and status 1.
status=0
line=$(timeout 30 "${java[@]}" "$examples.client.ClientKt" http://127.0.0.1:9/mcp) || status=$?
[[ $status == 1 && $line == "error: transport: "* ]]
