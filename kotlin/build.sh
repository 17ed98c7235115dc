#!/usr/bin/env bash
# Compiles the package, its tests, the examples and the shared programs, and writes target/run.args: what `java` needs
# to run any of them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../tests/setup/common.sh"
cd "$here"

mvn -q -B process-test-classes
classpath=$(cat target/classpath.txt)
# Short runs: a small compiler and a small collector start fastest.
cat >target/run.args <<EOF
-XX:TieredStopAtLevel=1
-XX:+UseSerialGC
-Djna.library.path=$DOVETAIL_TARGET
-cp
$here/target/test-classes:$here/target/classes:$classpath
EOF
