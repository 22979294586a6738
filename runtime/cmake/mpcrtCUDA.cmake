# The CUDA back end, a plugin. It loads NVIDIA's libraries when it is used, and
# builds without the toolkit; where the headers are there, our prototypes are
# compared with them.
add_library(mpcrt-cuda MODULE lib/cuda/Attentions.cpp lib/cuda/Code.cpp lib/cuda/CUDADevice.cpp lib/cuda/Cudnn.cpp lib/cuda/EventStamps.cpp lib/cuda/GraphRepeater.cpp lib/cuda/GraphStaging.cpp lib/cuda/Handles.cpp lib/cuda/Libraries.cpp lib/cuda/LibraryFile.cpp lib/cuda/Machine.cpp
  lib/cuda/Matmul.cpp lib/cuda/MatmulCache.cpp lib/cuda/Matmuls.cpp
  lib/cuda/Plugin.cpp lib/cuda/RuntimeKernels.cpp lib/cuda/Staging.cpp
  lib/cuda/nccl/Collectives.cpp lib/cuda/nccl/Communicator.cpp lib/cuda/nccl/Connections.cpp lib/cuda/nccl/Library.cpp
  lib/cuda/nccl/Plan.cpp lib/cuda/nccl/Turns.cpp lib/cuda/nccl/Watch.cpp)
# What it shares with the program that loads it is code without state.
target_link_libraries(mpcrt-cuda PRIVATE mpcrt $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
target_link_options(mpcrt-cuda PRIVATE LINKER:--exclude-libs,ALL LINKER:--as-needed)
target_compile_options(mpcrt-cuda PRIVATE -Wall -Wextra $<$<BOOL:${MPC_WERROR}>:-Werror>)
set_target_properties(mpcrt-cuda PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
find_path(MPCRT_CUDA_INCLUDE_DIR cuda.h HINTS $ENV{CUDA_PATH} $ENV{CUDA_HOME} PATHS /usr/local/cuda PATH_SUFFIXES include)
if(MPCRT_CUDA_INCLUDE_DIR AND EXISTS ${MPCRT_CUDA_INCLUDE_DIR}/cublasLt.h)
  target_sources(mpcrt-cuda PRIVATE lib/cuda/HeaderCheck.cpp)
  set_property(SOURCE lib/cuda/HeaderCheck.cpp APPEND PROPERTY
    COMPILE_OPTIONS -isystem ${MPCRT_CUDA_INCLUDE_DIR})
endif()
if(MPCRT_CUDA_INCLUDE_DIR AND EXISTS ${MPCRT_CUDA_INCLUDE_DIR}/nccl.h AND EXISTS ${MPCRT_CUDA_INCLUDE_DIR}/cuda_runtime.h)
  target_sources(mpcrt-cuda PRIVATE lib/cuda/nccl/HeaderCheck.cpp)
  set_property(SOURCE lib/cuda/nccl/HeaderCheck.cpp APPEND PROPERTY
    COMPILE_OPTIONS -isystem ${MPCRT_CUDA_INCLUDE_DIR})
endif()
# NVTX is headers alone: tools inject what its functions call.
find_path(MPCRT_NVTX_INCLUDE_DIR nvtx3/nvToolsExt.h HINTS ${MPCRT_CUDA_INCLUDE_DIR})
if(MPCRT_NVTX_INCLUDE_DIR)
  target_sources(mpcrt-cuda PRIVATE lib/cuda/Ranges.cpp)
  set_property(SOURCE lib/cuda/Ranges.cpp APPEND PROPERTY COMPILE_OPTIONS -isystem ${MPCRT_NVTX_INCLUDE_DIR})
else()
  target_sources(mpcrt-cuda PRIVATE lib/cuda/NoRanges.cpp)
endif()
install(TARGETS mpcrt-cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

# Attention by cuDNN, a plugin of that plugin: it needs the headers of cuDNN and
# those of its frontend (https://github.com/NVIDIA/cudnn-frontend, or the folder
# `include` of the Python package nvidia-cudnn-frontend), and none of the
# libraries.
find_path(MPCRT_CUDNN_INCLUDE_DIR cudnn.h HINTS ${MPCRT_CUDA_INCLUDE_DIR})
find_path(MPCRT_CUDNN_FRONTEND_DIR cudnn_frontend.h HINTS $ENV{CUDNN_FRONTEND_PATH} ${MPCRT_CUDA_INCLUDE_DIR} PATH_SUFFIXES include
  DOC "The folder of cudnn_frontend.h")
set(_mpcrt_frontend 0)
if(MPCRT_CUDNN_FRONTEND_DIR AND EXISTS ${MPCRT_CUDNN_FRONTEND_DIR}/cudnn_frontend_version.h)
  file(STRINGS ${MPCRT_CUDNN_FRONTEND_DIR}/cudnn_frontend_version.h _mpcrt_lines REGEX "define CUDNN_FRONTEND_(MAJOR|MINOR)_VERSION")
  string(REGEX REPLACE "[^0-9]*([0-9]+)[^0-9]*([0-9]+).*" "\\1.\\2" _mpcrt_frontend "${_mpcrt_lines}")
endif()
if(MPCRT_CUDNN_INCLUDE_DIR AND _mpcrt_frontend VERSION_GREATER_EQUAL 1.13 AND EXISTS ${MPCRT_CUDA_INCLUDE_DIR}/cuda_runtime.h)
  add_library(mpcrt-cudnn MODULE lib/cudnn/Attention.cpp)
  target_include_directories(mpcrt-cudnn PRIVATE ${PROJECT_SOURCE_DIR}/include)
  target_include_directories(mpcrt-cudnn SYSTEM PRIVATE
    ${MPCRT_CUDNN_FRONTEND_DIR} ${MPCRT_CUDNN_INCLUDE_DIR} ${MPCRT_CUDA_INCLUDE_DIR})
  target_compile_definitions(mpcrt-cudnn PRIVATE NV_CUDNN_FRONTEND_USE_DYNAMIC_LOADING CUDNN_FRONTEND_SKIP_JSON_LIB)
  target_compile_options(mpcrt-cudnn PRIVATE -Wall -Wextra $<$<BOOL:${MPC_WERROR}>:-Werror>)
  target_link_libraries(mpcrt-cudnn PRIVATE ${CMAKE_DL_LIBS})
  set_target_properties(mpcrt-cudnn PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  install(TARGETS mpcrt-cudnn LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  message(STATUS "Attention by cuDNN: on (frontend ${_mpcrt_frontend} in ${MPCRT_CUDNN_FRONTEND_DIR})")
else()
  message(STATUS "Attention by cuDNN: off, needs cudnn.h and cudnn_frontend.h 1.13 or later (MPCRT_CUDNN_INCLUDE_DIR, MPCRT_CUDNN_FRONTEND_DIR)")
endif()
