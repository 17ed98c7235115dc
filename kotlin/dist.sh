#!/usr/bin/env bash
# Packs the jar with the native library of this platform into a Maven repository, $DOVETAIL_DIST/kotlin. Then builds and
# runs a fresh project outside of the tree that depends on it: the quick programs of examples/kotlin.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../tests/setup/common.sh"
cd "$here"

dist=${DOVETAIL_DIST:-$DOVETAIL_ROOT/dist}/kotlin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The folder in which JNA looks for the library inside the jar.
case $(uname -s)-$(uname -m) in
    Linux-x86_64) platform=linux-x86-64 library=libdovetail_uniffi.so ;;
    Linux-aarch64) platform=linux-aarch64 library=libdovetail_uniffi.so ;;
    Darwin-x86_64) platform=darwin-x86-64 library=libdovetail_uniffi.dylib ;;
    Darwin-arm64) platform=darwin-aarch64 library=libdovetail_uniffi.dylib ;;
    *) unavailable "Kotlin: no native library for $(uname -s) $(uname -m)" ;;
esac
mkdir -p "$work/native/$platform" "$dist"
cp "$DOVETAIL_TARGET/$library" "$work/native/$platform/"

version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$DOVETAIL_ROOT/Cargo.toml" | head -n 1)
grep -q "<version>$version</version>" pom.xml || { say "pom.xml is not at version $version" && exit 1; }

# Not the phase `deploy`, which would install it for the user as well.
mvn -q -B package org.apache.maven.plugins:maven-deploy-plugin:3.1.4:deploy -Dmaven.test.skip=true \
    -Ddovetail.build="$work/target" -Ddovetail.native="$work/native" -DaltDeploymentRepository="dist::file://$dist"

# Maven never fetches a version twice: forget the jar of an earlier run.
rm -rf "${HOME:-/root}/.m2/repository/dev/dovetail/dovetail-mcp/$version"
cp -r consumer "$work/consumer"
mkdir -p "$work/consumer/src/main/kotlin"
cp -r "$DOVETAIL_ROOT/examples/kotlin/quickstart" "$work/consumer/src/main/kotlin"
cd "$work/consumer"
mvn -q -B process-classes -Ddovetail.repository="$dist" -Ddovetail.version="$version"

java=(java -cp "$work/consumer/target/classes:$(cat target/classpath.txt)")
quick=dev.dovetail.examples.quickstart
answer=$(timeout 30 "${java[@]}" "$quick.client.ClientKt" "${java[@]}" "$quick.server.ServerKt")
[ "$answer" = 3 ] || { say "the fresh project answered $answer" && exit 1; }
