# SPDX-License-Identifier: MIT
#
# curfew(1), written from the help of the command that was just built.
set(man_page ${PROJECT_BINARY_DIR}/man/man1/curfew.1)
add_custom_command(OUTPUT ${man_page}
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/commandpage.py --command=$<TARGET_FILE:curfew>
        --version=${PROJECT_VERSION} --output=${man_page}
    DEPENDS curfew ${PROJECT_SOURCE_DIR}/cmake/commandpage.py ${PROJECT_SOURCE_DIR}/cmake/manpages.py
    COMMENT "Writing curfew.1" VERBATIM)
add_custom_target(curfew_man_command ALL DEPENDS ${man_page})
install(FILES ${man_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT harness)
