#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: syscalls.sh COMPILER OUTPUT
#
# Writes X(number, "name") for each system call of the kernel's header.
set -eu

echo '#include <sys/syscall.h>' | "$1" -E -dM - |
    sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/X(\2, "\1")/p' | sort -u >"$2"
[ -s "$2" ]
