# SPDX-License-Identifier: MIT
#
# Finds a Python 3 that has pytest (the first one in PATH may lack it), and runs pytest files as tests.
#
#   curfew_add_pytest(NAME FILE [LABELS ...] [TIMEOUT seconds] [ENVIRONMENT NAME=value ...])
#       makes the ctest test NAME of one pytest file; it sees CURFEW_SOURCE_DIR, CURFEW_BUILD_DIR
#       and CURFEW_CMAKE in its environment, and prints why it skips what it skips
function(curfew_has_pytest result candidate)
    execute_process(COMMAND ${candidate} -c "import pytest" RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
    if(NOT status EQUAL 0)
        set(${result} FALSE PARENT_SCOPE)
    endif()
endfunction()

find_program(Python3_EXECUTABLE NAMES python3 VALIDATOR curfew_has_pytest DOC "A Python 3 that has pytest")
if(NOT Python3_EXECUTABLE)
    message(FATAL_ERROR "No python3 with pytest: run scripts/setup, or configure with -DCURFEW_DEVELOPER_MODE=OFF")
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(curfew_add_pytest name file)
    cmake_parse_arguments(arg "" "TIMEOUT" "LABELS;ENVIRONMENT" ${ARGN})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} -m pytest -q -rs --tb=short -p no:cacheprovider
        ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    set(environment
        PYTHONDONTWRITEBYTECODE=1
        CURFEW_SOURCE_DIR=${PROJECT_SOURCE_DIR}
        CURFEW_BUILD_DIR=${PROJECT_BINARY_DIR}
        CURFEW_CMAKE=${CMAKE_COMMAND}
        CURFEW_FLAVOUR=${CURFEW_FLAVOUR}
        ${arg_ENVIRONMENT})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} ENVIRONMENT "${environment}")
endfunction()
