#!/usr/bin/env bash
# Tests the Kotlin surface over the libraries of target/debug: the exported symbols, the unit tests, the examples and
# the programs of the README. Closing line: `N passed, N failed`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../tests/setup/common.sh"
cd "$here"

passed=0 failed=0
check() {
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        say "  ✗ $name"
    fi
}

"$here/build.sh"
check "exported symbols" "$here/symbols.sh"

status=0
mvn -q -B surefire:test -Ddovetail.library.path="$DOVETAIL_TARGET" || status=$?
# Counts what the reports say; Maven prints no totals when all is well.
while read -r run bad errors; do
    failed=$((failed + bad + errors)) passed=$((passed + run - bad - errors))
done < <(sed -n 's/^Tests run: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' target/surefire-reports/*.txt)
((status == 0 || failed > 0)) || failed=1

check "examples" "$here/examples.sh"
check "programs of the README" "$here/readme.sh"

# Maven ends without a line end.
printf '\n%s\n' "$passed passed, $failed failed"
((failed == 0))
