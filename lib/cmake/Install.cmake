# cmake --install: libraries, headers, tools, and the package `mpc`:
#   find_package(mpc REQUIRED)
#   target_link_libraries(my-program PRIVATE mpc::Driver)
include(CMakePackageConfigHelpers)

get_property(_mpc_libraries GLOBAL PROPERTY MPC_LIBRARIES)
get_property(_mpc_tools GLOBAL PROPERTY MPC_TOOLS)
set(_mpc_package ${CMAKE_INSTALL_LIBDIR}/cmake/mpc)

set_target_properties(mpc_flags PROPERTIES EXPORT_NAME Flags)
set_target_properties(mpc_mlir_flags PROPERTIES EXPORT_NAME MLIRFlags)
install(TARGETS ${_mpc_libraries} mpc_flags mpc_mlir_flags EXPORT mpcTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ${_mpc_tools} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mpc ${PROJECT_BINARY_DIR}/include/mpc
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.h PATTERN *.td PATTERN *.inc PATTERN CMakeFiles EXCLUDE)
install(EXPORT mpcTargets NAMESPACE mpc:: DESTINATION ${_mpc_package})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/mpcConfig.cmake.in
  ${PROJECT_BINARY_DIR}/mpcConfig.cmake INSTALL_DESTINATION ${_mpc_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mpcConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mpcConfig.cmake ${PROJECT_BINARY_DIR}/mpcConfigVersion.cmake
  DESTINATION ${_mpc_package})
