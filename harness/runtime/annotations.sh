#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: annotations.sh CLANG > annotations.s
# A program may tell ThreadSanitizer things: what a system call of its own touches, a lock of its own, a fiber.
# In the fast flavour nobody listens: each of these functions does nothing, and gives 0.  The names are those of
# the compiler's public headers, and of the older "dynamic annotations".
set -eu
echo '	.text
	.type	rt_nothing, @function
rt_nothing:
	xorl	%eax, %eax
	ret'
{
    printf '#include <sanitizer/%s.h>\n' tsan_interface linux_syscall_hooks | "$1" -E -P - |
        grep -oE '\b__(sanitizer_syscall_(pre|post)_impl_\w+|tsan_\w+)' |
        grep -vE '^__tsan_on_'
    for name in BenignRace BenignRaceSized CondVarSignal CondVarSignalAll CondVarWait EnableRaceDetection ExpectRace \
        FlushExpectedRaces FlushState HappensAfter HappensBefore IgnoreReadsBegin IgnoreReadsEnd IgnoreSyncBegin \
        IgnoreSyncEnd IgnoreWritesBegin IgnoreWritesEnd MemoryIsInitialized MemoryIsUninitialized MutexIsNotPHB \
        MutexIsUsedAsCondVar NewMemory NoOp PublishMemoryRange RWLockAcquired RWLockCreate RWLockCreateStatic \
        RWLockDestroy RWLockReleased ThreadName TraceMemory UnpublishMemoryRange; do
        echo "Annotate$name"
    done
    echo WTFAnnotateBenignRaceSized WTFAnnotateHappensAfter WTFAnnotateHappensBefore RunningOnValgrind | tr ' ' '\n'
} | sort -u | sed 's/.*/	.weak	&\n	.set	&, rt_nothing/'
echo '	.section	.note.GNU-stack,"",@progbits'
