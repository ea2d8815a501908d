# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# What scripts/run, scripts/test and scripts/bench share: set-up, configuration and build.  Sourced with
# `root` set to the source tree.  All output of a phase goes to a log, whose end is shown on failure.

build=${root:?}/build/dev
jobs=$(nproc)

# usage_and_exit FILE: prints the comment on top of FILE.
usage_and_exit() {
    sed -n '4,/^[^#]/s/^# \{0,1\}//p' "$1"
    exit 0
}

# phase NAME COMMAND...: runs the command, quietly.
phase() {
    phase_name=$1
    shift
    phase_log=$build/logs/$phase_name.log
    mkdir -p "$build/logs"
    echo "curfew: $phase_name" >&2
    if "$@" >"$phase_log" 2>&1; then
        return 0
    fi
    tail -n 40 "$phase_log" >&2
    echo "curfew: $phase_name failed; all of its output is in '$phase_log'" >&2
    exit 1
}

# at_root COMMAND...: runs it in the source tree.  The script itself stays where its user stands, who
# names programs and files from there.
at_root() (
    cd "$root" || exit 1
    "$@"
)

# prepare [TARGET...]: packages, configuration and build; without targets everything is built.
prepare() {
    [ "${skip_setup-no}" = yes ] || "$root/scripts/setup"
    [ -f "$build/build.ninja" ] || phase configure at_root cmake --preset dev
    [ $# -eq 0 ] || set -- --target "$@"
    phase build at_root cmake --build --preset dev --parallel "$jobs" "$@"
}

# become COMMAND...: becomes the command, without address randomisation where that would stop it: a
# ThreadSanitizer of LLVM 14 finds no room for its shadow memory when the kernel randomises more than
# 28 bits.  Where a container forbids to switch it off, `curfew doctor` says what to do.
become() {
    bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
    if [ "$bits" -gt 28 ] && setarch --addr-no-randomize true 2>/dev/null; then
        exec setarch --addr-no-randomize "$@"
    fi
    exec "$@"
}

# prepare_command: only what the `curfew` command and the README's examples need.
# run_curfew ARGUMENT...: becomes that command.
prepare_command() {
    prepare curfew curfew_runtime curfew-scenario-tsan curfew-scenario-control-tsan curfew_static
}
run_curfew() {
    become "$build/harness/cli/curfew" "$@"
}
