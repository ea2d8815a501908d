#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: put.sh OUTPUT MAIN OBJECT...
# Makes one object of a program under test, for a target to link: only MAIN (its main, renamed when it was compiled)
# can be seen from outside; its variables and constructors lie in sections that fuzz/put.c knows; its coverage goes
# to fuzz/engine.c, and its mmap to fuzz/put.c.  Constructors of sanitizers stay where they are.
set -eu
output=$1
main=$2
shift 2

ld -r -o "$output.all" "$@"
objcopy \
    --rename-section .data=curfew_put_data,alloc,load,data,contents \
    --rename-section .data.rel=curfew_put_data,alloc,load,data,contents \
    --rename-section .data.rel.local=curfew_put_data,alloc,load,data,contents \
    --set-section-flags .bss=alloc,load,data,contents \
    --rename-section .bss=curfew_put_bss,alloc,load,data,contents \
    --rename-section .init_array=curfew_put_init \
    --rename-section .init_array.101=curfew_put_init \
    --rename-section .init_array.00101=curfew_put_init \
    --redefine-sym mmap=curfew_fuzz_mmap \
    --redefine-sym __sanitizer_cov_trace_pc_guard=curfew_fuzz_guard \
    --redefine-sym __sanitizer_cov_trace_pc_guard_init=curfew_fuzz_guard_init \
    --keep-global-symbol="$main" --keep-global-symbol=curfew_debt_ledger \
    --keep-global-symbol=DW.ref.__gcc_personality_v0 \
    "$output.all" "$output"
rm -f "$output.all"
