#!/usr/bin/env bash
# Builds everything of the Swift surface and tests it on this machine: the package's own tests, the examples against
# each other over both transports, and the snippets of the README.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../tests/setup/common.sh"

"$DOVETAIL_ROOT/swift/build.sh"

run=$DOVETAIL_SETUP/swift-run.sh
built=$DOVETAIL_STATE/swift-build
examples=$built/examples/debug
passed=0 failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        ((passed += 1))
        echo "✔ $1"
    else
        ((failed += 1))
        printf '✘ %s\nexpected:\n%s\ngot:\n%s\n' "$@"
    fi
}

# over_http PROGRAM CLIENT…: starts a program that serves HTTP and runs the client with its URL as last argument.
over_http() {
    local pipe server url status=0
    pipe=$(mktemp -u)
    mkfifo "$pipe"
    timeout 60 "$run" "$1" --http 127.0.0.1:0 2>"$pipe" &
    server=$!
    read -r _ _ url <"$pipe"
    timeout 60 "$run" "${@:2}" "$url" || status=$?
    kill "$server"
    wait "$server" 2>/dev/null || true
    rm "$pipe"
    return "$status"
}

weather='tools: weather
day 1: 15 to 23 degrees, rain
day 2: 16 to 24 degrees, clear
day 3: 17 to 25 degrees, cloudy'
remove='tools: remove
question: Delete a.txt? yes
deleted a.txt'
# How much progress arrives depends on how fast it is fetched; that it arrives is tested above.
steady() { grep -v '^progress: '; }

check "weather over stdio" "$weather" \
    "$(timeout 60 "$run" "$examples/client" -- "$run" "$examples/weather" | steady)"
check "remove over stdio" "$remove" "$(timeout 60 "$run" "$examples/client" -- "$run" "$examples/remove")"
check "weather over HTTP" "$weather" "$(over_http "$examples/weather" "$examples/client" | steady)"
check "remove over HTTP" "$remove" "$(over_http "$examples/remove" "$examples/client")"

# Generated files look as their generator writes them.
format() {
    cd "$DOVETAIL_ROOT"
    local sources
    mapfile -t sources < <(find swift/Sources swift/Tests -name '*.swift' -not -path '*/Generated/*')
    "$DOVETAIL_SETUP/in-swift.sh" swift format lint --strict --recursive --configuration swift/.swift-format \
        swift/Package.swift "${sources[@]}" \
        examples/swift/{Package.swift,weather,remove,client,quickstart-server,quickstart-client,guide} \
        conformance/adapters/swift/{Package.swift,server,client,bridge,everything-server,everything-client} \
        conformance/adapters/swift/{cases,cases-server,cases-client,bench-client} 2>&1
}
check "format" "" "$(format)"

# The README's snippets are programs: the first serves, the second calls it by the name `demo`.
readme=$DOVETAIL_STATE/swift-readme
mkdir -p "$readme/server" "$readme/client" "$readme/bin"
for program in server client; do
    awk -v program="$program" '
        /^```/ { inside = 0 }
        inside { print }
        /^```swift/ { inside = (++count == (program == "server" ? 1 : 2)) }' \
        "$DOVETAIL_ROOT/swift/README.md" >"$readme/$program/main.swift"
done
ln -sfn "$DOVETAIL_ROOT/swift" "$readme/dovetail"
cat >"$readme/Package.swift" <<'EOF'
// swift-tools-version:6.0
import PackageDescription

func program(_ name: String) -> Target {
    .executableTarget(name: name, dependencies: [.product(name: "Dovetail", package: "dovetail")], path: name)
}

let package = Package(
    name: "readme",
    platforms: [.macOS(.v13)],
    dependencies: [.package(path: "dovetail")],
    targets: [program("server"), program("client")],
    swiftLanguageModes: [.v6]
)
EOF
(cd "$readme" && "$DOVETAIL_SETUP/in-swift.sh" swift build --scratch-path "$built/readme")
printf '#!/bin/sh\nexec %s %s\n' "$run" "$built/readme/debug/server" >"$readme/bin/demo"
chmod +x "$readme/bin/demo"
check "README" "3" "$(PATH=$readme/bin:$PATH timeout 60 "$run" "$built/readme/debug/client")"

tests=$built/package/debug/dovetailPackageTests.xctest
log=$DOVETAIL_LOGS/swift-testing.log
mkdir -p "$DOVETAIL_LOGS"
status=0
timeout 300 "$run" "$tests" --testing-library swift-testing 2>&1 | tee "$log" || status=$?
count=$(sed -nE 's/.*Test run with ([0-9]+) tests? passed.*/\1/p' "$log" | tail -n 1)
if ((status)) || [ -z "$count" ]; then
    ((failed += 1))
else
    ((passed += count))
fi

echo "$passed passed, $failed failed"
((failed == 0))
