# SPDX-License-Identifier: MIT
#
#   curfew_instrument(TARGET [FLAVOUR tsan|fast|asan])
#
# Builds TARGET as curfew-cc would: compiled with the hooks and, if it is a program, linked with the
# controlled runtime of that flavour (tsan if none is named; asan is fast, with AddressSanitizer).  Libraries that
# it links statically should be instrumented as well, or what their threads do without a call is not seen.

function(curfew_instrument target)
    cmake_parse_arguments(arg "" "FLAVOUR" "" ${ARGN})
    if(NOT arg_FLAVOUR)
        set(arg_FLAVOUR tsan)
    endif()
    if(NOT arg_FLAVOUR MATCHES "^(tsan|fast|asan)$")
        message(FATAL_ERROR "curfew_instrument: no such flavour '${arg_FLAVOUR}' (allowed: tsan, fast, asan)")
    endif()
    if(arg_FLAVOUR STREQUAL tsan)
        set(sanitizer -fsanitize=thread)
    else()
        set(sanitizer "SHELL:-Xclang -fsanitize=thread" "SHELL:-mllvm -tsan-instrument-func-entry-exit=0")
    endif()
    set(runtime_name runtime-${arg_FLAVOUR})
    if(arg_FLAVOUR STREQUAL asan)
        list(APPEND sanitizer -fsanitize=address)
        set(runtime_name runtime-fast)
    endif()
    target_compile_options(${target} PRIVATE ${sanitizer} "SHELL:-mllvm -tsan-distinguish-volatile=1" -g
        -fno-omit-frame-pointer)
    get_target_property(type ${target} TYPE)
    if(DEFINED CURFEW_RUNTIME_DIR)
        target_include_directories(${target} PRIVATE "${CURFEW_RUNTIME_DIR}/include")
    else()
        target_include_directories(${target} PRIVATE "${PROJECT_BINARY_DIR}/lib/curfew/include")
    endif()
    if(DEFINED CURFEW_RUNTIME_DIR)
        set(runtime "${CURFEW_RUNTIME_DIR}/${runtime_name}") # an installed Curfew
    else()
        set(runtime "${PROJECT_BINARY_DIR}/lib/curfew/${runtime_name}")
    endif()
    if(type STREQUAL EXECUTABLE)
        # -z now: or each execution, which is a fork, would look up the functions that it calls.
        target_link_options(${target} PRIVATE "${runtime}.o" "LINKER:--dynamic-list=${runtime}.dynamic" -pthread
            LINKER:-z,now)
        target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
        set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${runtime}.o")
    endif()
    if(NOT type STREQUAL STATIC_LIBRARY)
        target_link_options(${target} PRIVATE "@${runtime}.wrap")
        if(arg_FLAVOUR STREQUAL tsan)
            target_link_options(${target} PRIVATE -fsanitize=thread)
        elseif(arg_FLAVOUR STREQUAL asan)
            target_link_options(${target} PRIVATE -fsanitize=address)
        endif()
    endif()
    if(TARGET curfew_runtime)
        add_dependencies(${target} curfew_runtime)
    endif()
endfunction()
