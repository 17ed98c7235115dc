#!/usr/bin/env bash
# Makes a JDK >= 17 and Maven available; Maven fetches the Kotlin compiler and the libraries by /kotlin/pom.xml.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

new_enough() {
    have javac && [ "$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')" -ge 17 ]
}

missing=()
new_enough || missing+=(openjdk-17-jdk-headless)
have mvn || missing+=(maven)
if ((${#missing[@]})); then
    apt_install "${missing[@]}" || true
    hash -r
fi
new_enough || unavailable "Kotlin: no JDK >= 17 on PATH"
have mvn || unavailable "Kotlin: no Maven on PATH"
