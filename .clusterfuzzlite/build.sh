#!/bin/bash -eu
# SPDX-License-Identifier: MIT
#
# Builds the targets that OSS-Fuzz and ClusterFuzzLite can run: the decoder of cases, and the reader of seed files.
# Uses $CC $CFLAGS $LIB_FUZZING_ENGINE $SRC $WORK, and leaves in $OUT for each target NAME, NAME_seed_corpus.zip,
# NAME.dict if there is one, and NAME.options.  scripts/check-oss-fuzz tries it with every engine and sanitizer.
#
# The scenario target is not among them: it brings an instrumentation of its own, which none of theirs goes with.
cd "$SRC/curfew"

scenarios=harness/scenarios
control=harness/control
common="harness/case/case.c $scenarios/catalogue.c $scenarios/format.c $scenarios/parse.c $scenarios/words.c"
seedfile="$control/casefile.c $control/defaults.c $control/seedfile.c $control/flavours.c
    $control/oracles.c $control/signals.c harness/verdict.c"

target() { # NAME SOURCE...
    local name=$1
    local objects=()
    local source object
    shift
    for source in "fuzz/$name.c" "$@"; do
        object=$WORK/$name-${source//\//-}.o
        # shellcheck disable=SC2086 # flags are words
        $CC $CFLAGS -D_GNU_SOURCE -std=c11 -g -Iharness -Ilib/include -c "$source" -o "$object"
        objects+=("$object")
    done
    # shellcheck disable=SC2086
    ${CXX:-$CC} ${CXXFLAGS:-$CFLAGS} "${objects[@]}" $LIB_FUZZING_ENGINE -o "$OUT/fuzz-$name"
    python3 -m zipfile -c "$OUT/fuzz-${name}_seed_corpus.zip" fuzz/corpus/"$name"/*
    printf '[libfuzzer]\nmax_len = 600\ntimeout = 60\n' >"$OUT/fuzz-$name.options"
    if [ -r "fuzz/$name.dict" ]; then
        cp "fuzz/$name.dict" "$OUT/fuzz-$name.dict"
    fi
}

# shellcheck disable=SC2086 # lists of files
target decoder $common
# shellcheck disable=SC2086
target seedfile $common $seedfile
