#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: assemble.sh NAMES-FILE OUTPUT-PREFIX OBJECT...
# Makes of the runtime's objects
#   PREFIX.o          one relocatable object that exports exactly the intercepted names
#   PREFIX.dynamic    the linker's --dynamic-list of them, so that shared libraries reach them too
#   PREFIX.wrap       a response file with --wrap for each hook that stands before ThreadSanitizer's
set -eu
names_file=$1
prefix=$2
shift 2

ld -r -o "$prefix.all.o" "$@"
{
    clang -E -P "$names_file" | tr ' ' '\n' | grep -E '^[_A-Za-z0-9]+$'
    nm --defined-only -g "$prefix.all.o" | awk '{ print $3 }' |
        grep -E -e "^(__wrap_)?(__([at]san_|cxa_)|curfew__|_ZNSt13random_device)" \
            -e "^__sanitizer_|^(WTF)?Annotate|^RunningOn" ||
        true
} | sort -u > "$prefix.names"
# The compiler's pointer to the personality routine is in a group that the linker merges by its name.  What C++
# programs have anyway is weak: the constructor of libgcc_s asks for the processor's kind, in every execution,
# and that is slow on virtual machines.
objcopy --keep-global-symbols="$prefix.names" --keep-global-symbol=DW.ref.__gcc_personality_v0 \
    --weaken-symbol=__gcc_personality_v0 --weaken-symbol=_Unwind_Resume "$prefix.all.o" "$prefix.o"
missing=$(nm --defined-only -g "$prefix.o" | awk '{ print $3 }' | sort -u | comm -13 - "$prefix.names")
if [ -n "$missing" ]; then
    echo "assemble.sh: in a table, but not defined: $missing" >&2
    exit 1
fi
{
    echo '{'
    sed 's/$/;/' "$prefix.names"
    echo '};'
} > "$prefix.dynamic"
sed -n 's/^__wrap_/-Wl,--wrap=/p' "$prefix.names" > "$prefix.wrap"
rm -f "$prefix.all.o" "$prefix.names"
