#!/usr/bin/env bash
# Builds the Node surface and tests it: types, units, both transports, examples, README.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../tests/setup/common.sh"
cd "$DOVETAIL_ROOT/node"

./build.sh
node_modules/.bin/tsc --project test/tsconfig.json
node_modules/.bin/tsc --project ../examples/node/tsconfig.json
node --test --test-reporter=spec test/*.test.mjs
