# SPDX-License-Identifier: MIT
#
# What `cmake --install` gives a user of libcurfew.  Included by lib/CMakeLists.txt, which sets
# `sources` and `includes`.  Components: runtime (the shared object), development (headers, static
# library, pkg-config and CMake files, man pages), harness (the `curfew` command; cmake/man-command.cmake).
include(CMakePackageConfigHelpers)

# One list of objects for both libraries: position-independent, and only CURFEW_API is visible.
add_library(curfew_objects OBJECT ${sources})
set_target_properties(curfew_objects PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
target_compile_definitions(curfew_objects PRIVATE CURFEW_BUILD)
target_include_directories(curfew_objects PRIVATE ${includes})
target_link_libraries(curfew_objects PRIVATE curfew_flavour_${CURFEW_FLAVOUR})

add_library(curfew_shared SHARED)
add_library(curfew_static STATIC)
add_library(curfew::curfew ALIAS curfew_shared)
add_library(curfew::static ALIAS curfew_static)
foreach(library IN ITEMS curfew_shared curfew_static)
    target_sources(${library} PRIVATE $<TARGET_OBJECTS:curfew_objects>)
    target_include_directories(${library} INTERFACE ${includes})
    set_target_properties(${library} PROPERTIES OUTPUT_NAME curfew)
endforeach()
target_link_libraries(curfew_static INTERFACE Threads::Threads)
target_link_libraries(curfew_shared PRIVATE Threads::Threads curfew_flavour_${CURFEW_FLAVOUR})
# While the major version is 0, a minor version may change the ABI.
set_target_properties(curfew_shared PROPERTIES EXPORT_NAME curfew
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set_target_properties(curfew_static PROPERTIES EXPORT_NAME static)
# Not unloadable: dlclose must not take the code away from under a signal handler or the service thread.
target_link_options(curfew_shared PRIVATE LINKER:-z,nodelete)
if(CURFEW_FLAVOUR STREQUAL "plain") # a sanitizer's runtime is linked by the program, not by us
    target_link_options(curfew_shared PRIVATE LINKER:-z,defs)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/curfew)
file(RELATIVE_PATH pkgconfig_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" pkgconfig_to_prefix "${pkgconfig_to_prefix}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/curfew.pc.in curfew.pc @ONLY)
write_basic_package_version_file(curfewConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS curfew_shared curfew_static EXPORT curfewTargets
    LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
    ARCHIVE COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT curfewTargets NAMESPACE curfew:: DESTINATION ${package_dir} COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/curfewConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/curfewConfigVersion.cmake
    DESTINATION ${package_dir} COMPONENT development)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/curfew.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(DIRECTORY include/curfew DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

# Man pages come from the header comments; without Python the library is built all the same.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
    set(man_dir ${PROJECT_BINARY_DIR}/man)
    file(GLOB headers CONFIGURE_DEPENDS include/curfew/*.h) # all public headers, by definition
    add_custom_command(OUTPUT ${man_dir}/library.stamp
        COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/manpages.py --output=${man_dir}
            --version=${PROJECT_VERSION} ${headers}
        COMMAND ${CMAKE_COMMAND} -E touch ${man_dir}/library.stamp
        DEPENDS ${PROJECT_SOURCE_DIR}/cmake/manpages.py ${headers}
        COMMENT "Writing man pages" VERBATIM)
    add_custom_target(curfew_man_library ALL DEPENDS ${man_dir}/library.stamp)
    install(DIRECTORY ${man_dir}/man3 ${man_dir}/man7 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT development)
else()
    message(STATUS "No Python 3: the man pages of the library are not made")
endif()
