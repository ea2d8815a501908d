# SPDX-License-Identifier: MIT
#
# find_package(curfew): the targets curfew::curfew (shared) and curfew::static.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/curfewTargets.cmake")
