#!/usr/bin/env bash
# readme.sh [--write]: the programs in README.md are the ones of examples/kotlin; without --write it only compares.
# Then runs them: the quick client starts the quick server.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../tests/setup/common.sh"
cd "$DOVETAIL_ROOT"

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
awk '
    /^<!-- examples\/.* -->$/ { file = $2 }
    inside && /^```$/ { inside = 0 }
    !inside
    file && /^```kotlin$/ {
        while ((getline line < file) > 0) print line
        inside = 1
        file = ""
    }' kotlin/README.md >"$fresh"
if [ "${1:-}" = --write ]; then
    cat "$fresh" >kotlin/README.md
    exit
fi
diff kotlin/README.md "$fresh"

java=(java "@$here/target/run.args")
quick=dev.dovetail.examples.quickstart
[ "$(timeout 30 "${java[@]}" "$quick.client.ClientKt" "${java[@]}" "$quick.server.ServerKt")" = 3 ]

diff <(timeout 30 "${java[@]}" dev.dovetail.examples.notes.NotesKt) - <<'END'
buy milk
idea
todo
Summarize this note:
sleep more
END
