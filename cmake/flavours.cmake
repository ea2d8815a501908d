# SPDX-License-Identifier: MIT
#
# Flavours: the same sources built plainly, for coverage, or under a sanitizer, side by side in one
# build tree.  A flavour is an INTERFACE target that holds all its flags; nothing edits global flags.
#
#   curfew_add_library(NAME SOURCES ... [FLAVOURS ...])     makes NAME_<flavour> for each
#   curfew_add_program(NAME FLAVOUR f SOURCES ... [LIBRARIES ...])
#       makes the executable NAME; a library that has flavours is linked in the program's own

set(CURFEW_FLAVOURS plain tsan asan coverage)
if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    set(CURFEW_FLAVOURS plain) # sanitizers and coverage are clang's here; gcc builds the library
endif()

add_library(curfew_warnings INTERFACE)
target_compile_options(curfew_warnings INTERFACE -Wall -Wextra -Wconversion -Wstrict-prototypes -Wshadow
    -Wmissing-prototypes -Wformat=2)
target_compile_features(curfew_warnings INTERFACE c_std_11)
target_compile_definitions(curfew_warnings INTERFACE _GNU_SOURCE)
if(CURFEW_DEVELOPER_MODE)
    target_compile_options(curfew_warnings INTERFACE -Werror)
endif()

foreach(flavour IN LISTS CURFEW_FLAVOURS)
    add_library(curfew_flavour_${flavour} INTERFACE)
    target_link_libraries(curfew_flavour_${flavour} INTERFACE curfew_warnings)
endforeach()

function(curfew_flavour_flags flavour)
    if(TARGET curfew_flavour_${flavour})
        target_compile_options(curfew_flavour_${flavour} INTERFACE ${ARGN} -fno-omit-frame-pointer -g)
        target_link_options(curfew_flavour_${flavour} INTERFACE ${ARGN})
    endif()
endfunction()
curfew_flavour_flags(tsan -fsanitize=thread)
curfew_flavour_flags(asan -fsanitize=address,undefined -fno-sanitize-recover=all)
curfew_flavour_flags(coverage -fprofile-instr-generate -fcoverage-mapping)
if(TARGET curfew_flavour_coverage)
    # Counters that may live in a mapped file: what a child did before _exit or a fatal signal counts.
    target_compile_options(curfew_flavour_coverage INTERFACE "SHELL:-mllvm -runtime-counter-relocation")
endif()

function(curfew_add_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;FLAVOURS;INCLUDES;LIBRARIES" ${ARGN})
    if(NOT arg_FLAVOURS)
        set(arg_FLAVOURS ${CURFEW_FLAVOURS})
    endif()
    foreach(flavour IN LISTS arg_FLAVOURS)
        if(TARGET curfew_flavour_${flavour})
            set(target ${name}_${flavour})
            add_library(${target} STATIC ${arg_SOURCES})
            target_include_directories(${target} PUBLIC ${arg_INCLUDES})
            target_link_libraries(${target} PRIVATE curfew_flavour_${flavour})
            curfew_link(${target} ${flavour} PUBLIC ${arg_LIBRARIES})
        endif()
    endforeach()
endfunction()

function(curfew_add_program name)
    cmake_parse_arguments(arg "" "FLAVOUR" "SOURCES;LIBRARIES" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE curfew_flavour_${arg_FLAVOUR})
    curfew_link(${name} ${arg_FLAVOUR} PRIVATE ${arg_LIBRARIES})
endfunction()

# Links each library in the given flavour if it has that flavour, else as it is named.
function(curfew_link target flavour visibility)
    foreach(library IN LISTS ARGN)
        if(TARGET ${library}_${flavour})
            target_link_libraries(${target} ${visibility} ${library}_${flavour})
        else()
            target_link_libraries(${target} ${visibility} ${library})
        endif()
    endforeach()
endfunction()
