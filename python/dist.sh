#!/usr/bin/env bash
# Packs the wheel into $DOVETAIL_DIST/python and proves it in a fresh environment outside the checkout. Called by
# tests/setup/dist.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../tests/setup/common.sh"
out=${DOVETAIL_DIST:-$DOVETAIL_ROOT/dist}/python
cd "$DOVETAIL_ROOT/python"

mkdir -p "$out"
"$DOVETAIL_VENV/bin/maturin" build --profile dist --out "$out" --interpreter "$DOVETAIL_VENV/bin/python"

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$DOVETAIL_VENV/bin/python" -m venv "$fresh/venv"
"$fresh/venv/bin/python" -m pip install -q "$out"/*.whl
cd "$fresh"
"$fresh/venv/bin/python" "$DOVETAIL_ROOT/python/tests/wheel_smoke.py"
