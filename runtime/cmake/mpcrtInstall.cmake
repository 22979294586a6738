# cmake --install: the library, its C headers and the package `mpcrt`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_mpcrt_package ${CMAKE_INSTALL_LIBDIR}/cmake/mpcrt)
install(TARGETS mpcrt mpcrt-files mpcrt-package EXPORT mpcrtTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS mpc-exec RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mpcrt DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT mpcrtTargets NAMESPACE mpcrt:: DESTINATION ${_mpcrt_package})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/mpcrtConfig.cmake.in
  ${PROJECT_BINARY_DIR}/mpcrtConfig.cmake INSTALL_DESTINATION ${_mpcrt_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mpcrtConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mpcrtConfig.cmake ${PROJECT_BINARY_DIR}/mpcrtConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/mpcrtLibraries.cmake DESTINATION ${_mpcrt_package})
