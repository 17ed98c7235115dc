#!/usr/bin/env bash
# Makes C11 and C++17 compilers available, and valgrind where packages can be installed. Without valgrind the C tests
# run under AddressSanitizer.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

missing=()
have gcc || missing+=(gcc)
have g++ || missing+=(g++)
have valgrind || missing+=(valgrind)
if ((${#missing[@]})); then
    apt_install "${missing[@]}" libc6-dev || true
fi
have gcc && have g++ || unavailable "C: no gcc and g++ on PATH"
have valgrind || [ -z "${CI:-}" ] || unavailable "C: no valgrind"
