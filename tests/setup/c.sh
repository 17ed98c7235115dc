#!/usr/bin/env bash
# Makes C11 and C++17 compilers available, the JSON libraries of the examples, and valgrind where packages can be
# installed. Without valgrind the C tests run under AddressSanitizer.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

missing=()
have gcc || missing+=(gcc)
have g++ || missing+=(g++)
have valgrind || missing+=(valgrind)

# Whether the C++ compiler finds a header.
header() {
    printf '#include <%s>\n' "$1" | g++ -E -x c++ - >/dev/null 2>&1
}
header cjson/cJSON.h || missing+=(libcjson-dev)
header nlohmann/json.hpp || missing+=(nlohmann-json3-dev)
if ((${#missing[@]})); then
    apt_install "${missing[@]}" libc6-dev || true
fi
have gcc && have g++ || unavailable "C: no gcc and g++ on PATH"
header cjson/cJSON.h && header nlohmann/json.hpp || unavailable "C: no cJSON and nlohmann/json headers"
have valgrind || [ -z "${CI:-}" ] || unavailable "C: no valgrind"
