# Files that host programs exchange, packages, and the program that runs them.
find_package(ZLIB REQUIRED)

# mpcrt_add_part(name a.cpp ... LINK ...): a static library beside mpcrt.
function(mpcrt_add_part name)
  cmake_parse_arguments(A "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${A_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/lib)
  target_link_libraries(${name} PUBLIC ${A_LINK} PRIVATE $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
  # gcc 12 reports string concatenations of its own library (gcc bug 105329).
  target_compile_options(${name} PRIVATE -Wall -Wextra $<$<BOOL:${MPC_WERROR}>:-Werror>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  if(MPC_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${MPC_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${name} PUBLIC -fsanitize=${MPC_SANITIZE})
  endif()
endfunction()

mpcrt_add_part(mpcrt-files
  lib/files/Convert.cpp lib/files/ElementType.cpp lib/files/File.cpp lib/files/NPYHeader.cpp lib/files/NPZ.cpp
  lib/files/Order.cpp lib/files/ZipReader.cpp lib/files/ZipWriter.cpp
  LINK ZLIB::ZLIB)
mpcrt_add_part(mpcrt-package
  lib/package/Code.cpp lib/package/InitialValues.cpp lib/package/Machine.cpp lib/package/Manifest.cpp
  lib/package/Model.cpp lib/package/Package.cpp lib/package/ProgramRun.cpp lib/package/Weights.cpp
  lib/exec/Commands.cpp lib/exec/Feed.cpp lib/exec/Options.cpp lib/exec/Train.cpp
  LINK mpcrt mpcrt-files)

add_executable(mpc-exec lib/exec/mpc-exec.cpp)
target_link_libraries(mpc-exec PRIVATE mpcrt-package)
target_compile_definitions(mpc-exec PRIVATE MPCRT_VERSION="${PROJECT_VERSION}")
