#!/usr/bin/env bash
# Builds the Python surface and tests it: types, units, both transports, examples, README.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../tests/setup/common.sh"
cd "$DOVETAIL_ROOT/python"

./build.sh
mypy=("$DOVETAIL_VENV/bin/python" -m mypy --config-file pyproject.toml)
"${mypy[@]}" src/dovetail tests
pyright=("$DOVETAIL_VENV/bin/python" -m pyright --pythonpath "$DOVETAIL_VENV/bin/python")
"${pyright[@]}" src/dovetail tests/typing_contract.py
# Programs, each a __main__ of its own.
for program in ../examples/python/*.py ../examples/python/guide/*.py ../conformance/adapters/python/*.py; do
    "${mypy[@]}" --no-error-summary "$program"
done
"$DOVETAIL_VENV/bin/python" -X dev -m pytest -q "$@"
