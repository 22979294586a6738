# The libraries that mpcrt stands on, found by its build and again by the
# projects that use it: targets mpcrt::dnnl and mpcrt::gomp, MPCRT_GOMP_FOLDER.

# Debian's dnnl package configuration wants OpenCL, which the runtime does not use.
find_path(DNNL_INCLUDE_DIR dnnl.hpp REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)
# The team of oneDNN. LLVM's folder has a libgomp.so too, which is its own libomp.
find_library(GOMP_LIBRARY NAMES libgomp.so.1 PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}
  /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib NO_DEFAULT_PATH)
find_library(GOMP_LIBRARY NAMES libgomp.so.1 gomp REQUIRED)
get_filename_component(MPCRT_GOMP_FOLDER ${GOMP_LIBRARY} DIRECTORY)

foreach(_mpcrt_library DNNL GOMP)
  string(TOLOWER mpcrt::${_mpcrt_library} _mpcrt_target)
  if(NOT TARGET ${_mpcrt_target})
    add_library(${_mpcrt_target} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(${_mpcrt_target} PROPERTIES IMPORTED_LOCATION ${${_mpcrt_library}_LIBRARY})
  endif()
endforeach()
target_include_directories(mpcrt::dnnl SYSTEM INTERFACE ${DNNL_INCLUDE_DIR})
