#!/usr/bin/env bash
# Packs the C and C++ surface into dist/c: headers, libraries, pkg-config file, CMake package. Takes the libraries from
# $DOVETAIL_TARGET (target/dist) and proves the result by building a program against it outside the tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
target=${DOVETAIL_TARGET:-$PWD/target/dist}
dist=${DOVETAIL_DIST:-$PWD/dist}/c
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rm -rf "$dist"
mkdir -p "$dist/include/dovetail" "$dist/lib/pkgconfig" "$dist/lib/cmake/Dovetail"
cp include/dovetail.h include/dovetail.hpp "$dist/include/"
cp include/dovetail/*.hpp "$dist/include/dovetail/"
cp include/README.md LICENSE-MIT LICENSE-APACHE "$dist/"
cp "$target/libdovetail_c.so" "$dist/lib/"

# One object with everything that the interface needs; of its symbols only the interface stays global, so that another
# Rust library in the same program cannot collide with it.
grep -oE '\bdovetail_[a-z_]+\(' include/dovetail.h | tr -d '(' | sort -u >"$work/declared"
nm -g --defined-only "$target/libdovetail_c.a" 2>/dev/null | awk '{ print $3 }' | grep -xFf "$work/declared" | sort -u >"$work/symbols"
[ -s "$work/symbols" ]
ld -r --gc-sections $(sed 's/^/-u /' "$work/symbols") -o "$work/all.o" "$target/libdovetail_c.a"
objcopy --keep-global-symbols="$work/symbols" "$work/all.o"
# The standard library carries its bitcode along, which does not survive the joining and helps nobody here.
objcopy --strip-debug --remove-section=.llvmbc --remove-section=.llvmcmd "$work/all.o"
ar rcs "$dist/lib/libdovetail_c.a" "$work/all.o"
nm -g --defined-only "$dist/lib/libdovetail_c.a" | awk 'NF == 3 { print $3 }' | sort -u | cmp - "$work/symbols"

cat >"$dist/lib/pkgconfig/dovetail.pc" <<EOF
prefix=\${pcfiledir}/../..
includedir=\${prefix}/include
libdir=\${prefix}/lib

Name: dovetail
Description: Servers and clients of the Model Context Protocol
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -ldovetail_c
Libs.private: -lpthread -ldl -lm
EOF

cat >"$dist/lib/cmake/Dovetail/DovetailConfig.cmake" <<'EOF'
# Dovetail::dovetail is the static library with its headers; Dovetail::shared the shared one.
get_filename_component(dovetail_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
include(CMakeFindDependencyMacro)
find_dependency(Threads)
if(NOT TARGET Dovetail::dovetail)
  add_library(Dovetail::dovetail STATIC IMPORTED)
  set_target_properties(Dovetail::dovetail PROPERTIES
    IMPORTED_LOCATION "${dovetail_prefix}/lib/libdovetail_c.a"
    INTERFACE_INCLUDE_DIRECTORIES "${dovetail_prefix}/include"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS};m")
  add_library(Dovetail::shared SHARED IMPORTED)
  set_target_properties(Dovetail::shared PROPERTIES
    IMPORTED_LOCATION "${dovetail_prefix}/lib/libdovetail_c.so"
    IMPORTED_NO_SONAME TRUE
    INTERFACE_INCLUDE_DIRECTORIES "${dovetail_prefix}/include")
endif()
unset(dovetail_prefix)
EOF
cat >"$dist/lib/cmake/Dovetail/DovetailConfigVersion.cmake" <<EOF
set(PACKAGE_VERSION "$version")
if(PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
else()
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
EOF

# A program of somebody else, with nothing but dist/c.
cat >"$work/program.c" <<'EOF'
#include <dovetail.h>

int main(void) {
    DovetailRuntime *runtime = 0;
    int32_t status = dovetail_runtime_new(&runtime);
    dovetail_runtime_shutdown(runtime, 1000);
    dovetail_runtime_free(runtime);
    return status != DOVETAIL_OK || dovetail_contract_version() != DOVETAIL_CONTRACT_VERSION;
}
EOF
gcc -std=c11 "$work/program.c" -I"$dist/include" "$dist/lib/libdovetail_c.a" -lpthread -ldl -lm -o "$work/static"
gcc -std=c11 "$work/program.c" -I"$dist/include" -L"$dist/lib" -Wl,-rpath,"$dist/lib" -l:libdovetail_c.so -o "$work/shared"
"$work/static"
"$work/shared"
if command -v pkg-config >/dev/null 2>&1; then
    export PKG_CONFIG_PATH=$dist/lib/pkgconfig
    read -ra flags < <(pkg-config --static --cflags --libs dovetail)
    gcc -std=c11 "$work/program.c" "${flags[@]}" -Wl,-rpath,"$dist/lib" -o "$work/pkgconfig"
    "$work/pkgconfig"
fi
if command -v cmake >/dev/null 2>&1; then
    cat >"$work/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.13)
project(program C)
find_package(Dovetail REQUIRED)
add_executable(program program.c)
target_link_libraries(program PRIVATE Dovetail::dovetail)
EOF
    cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$dist" >/dev/null
    cmake --build "$work/build" >/dev/null
    "$work/build/program"
fi
printf 'dist/c: %s, %s bytes static, %s bytes shared\n' "$version" "$(stat -c %s "$dist/lib/libdovetail_c.a")" "$(stat -c %s "$dist/lib/libdovetail_c.so")"
