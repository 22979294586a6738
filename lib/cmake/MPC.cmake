# How mpc's libraries, tools and unit tests are declared. One precompiled
# header serves every target that uses MLIR; the runtime does not use this file.

# LLVM_DEFINITIONS is one string of flags; add_definitions would mangle it.
separate_arguments(_mpc_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")

add_library(mpc_flags INTERFACE)
# Warnings are for mpc's own code, not for projects that use it.
target_compile_options(mpc_flags INTERFACE
  $<BUILD_INTERFACE:-Wall;-Wextra;-Wno-unused-parameter;$<$<BOOL:${MPC_WERROR}>:-Werror>>)
# gcc 12 sees overlap in std::string's operator+ (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(mpc_flags INTERFACE $<BUILD_INTERFACE:-Wno-restrict>)
endif()
if(MPC_SANITIZE)
  target_compile_options(mpc_flags INTERFACE -fsanitize=${MPC_SANITIZE} -fno-omit-frame-pointer)
  if(MPC_SANITIZE MATCHES "undefined")
    # Upstream has no RTTI data for -fsanitize=vptr to rely on, and kernels,
    # compiled at run time, no signature for -fsanitize=function.
    target_compile_options(mpc_flags INTERFACE -fno-sanitize=vptr,function)
  endif()
  target_link_options(mpc_flags INTERFACE -fsanitize=${MPC_SANITIZE})
endif()

if(MPC_FUZZ)
  # Coverage of all code; the fuzzers link the driver.
  target_compile_options(mpc_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

add_library(mpc_mlir_flags INTERFACE)
target_compile_options(mpc_mlir_flags INTERFACE ${_mpc_llvm_definitions})
target_compile_features(mpc_mlir_flags INTERFACE cxx_std_20)
# An installed mpc looks for MLIR's headers again, in mpcConfig.cmake.
target_include_directories(mpc_mlir_flags SYSTEM INTERFACE
  "$<BUILD_INTERFACE:${MLIR_INCLUDE_DIRS};${LLVM_INCLUDE_DIRS}>")
target_include_directories(mpc_mlir_flags INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(mpc_mlir_flags INTERFACE mpc_flags MLIR LLVM)

# gcc's precompiled header takes 650 MB and gains little: clang only.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/mpc_pch.cpp CONTENT "")
  add_library(mpc_pch OBJECT ${PROJECT_BINARY_DIR}/mpc_pch.cpp)
  target_link_libraries(mpc_pch PRIVATE mpc_mlir_flags)
  target_compile_options(mpc_pch PRIVATE -fpch-instantiate-templates "SHELL:-Xclang -fno-pch-timestamp")
  target_precompile_headers(mpc_pch PRIVATE ${PROJECT_SOURCE_DIR}/lib/cmake/pch.h)
endif()

function(_mpc_use_mlir name)
  target_link_libraries(${name} PUBLIC mpc_mlir_flags)
  if(TARGET mpc_pch)
    # Programs would get -fPIE, which a header precompiled with -fPIC refuses.
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp" -fPIC)
    target_precompile_headers(${name} REUSE_FROM mpc_pch)
  endif()
endfunction()

# mpc::Name to others, here and where mpc is installed.
function(mpc_export_library name)
  string(REGEX REPLACE "^MPC" "" short ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${short})
  add_library(mpc::${short} ALIAS ${name})
  set_property(GLOBAL APPEND PROPERTY MPC_LIBRARIES ${name})
endfunction()

# mpc_add_library(MPCName a.cpp ... LINK_LIBS MPCIR ... [DEPENDS tablegen-target ...])
function(mpc_add_library name)
  cmake_parse_arguments(A "" "" "LINK_LIBS;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${A_UNPARSED_ARGUMENTS})
  _mpc_use_mlir(${name})
  target_link_libraries(${name} PUBLIC ${A_LINK_LIBS})
  if(A_DEPENDS)
    add_dependencies(${name} ${A_DEPENDS})
  endif()
  mpc_export_library(${name})
endfunction()

# mpc_add_tool(mpc-name main.cpp LINK_LIBS MPCIR ...)
function(mpc_add_tool name)
  cmake_parse_arguments(A "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${A_UNPARSED_ARGUMENTS})
  _mpc_use_mlir(${name})
  target_link_libraries(${name} PRIVATE ${A_LINK_LIBS})
  target_compile_definitions(${name} PRIVATE MPC_VERSION="${PROJECT_VERSION}")
  set_property(GLOBAL APPEND PROPERTY MPC_TOOLS ${name})
endfunction()

# mpc_add_unit_test(NameTest Test.cpp ... LINK_LIBS ...): a gtest program, run by ctest.
function(mpc_add_unit_test name)
  cmake_parse_arguments(A "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${A_UNPARSED_ARGUMENTS})
  _mpc_use_mlir(${name})
  target_link_libraries(${name} PRIVATE ${A_LINK_LIBS} GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/Unit)
  add_test(NAME ${name} COMMAND ${name})
  set_property(GLOBAL APPEND PROPERTY MPC_UNIT_TESTS ${name})
endfunction()
