# Several processes: a plugin, where there is an MPI to build it against. What is
# built without one loads a plugin that is built later.
find_package(MPI COMPONENTS C QUIET)
if(MPI_C_FOUND)
  add_library(mpcrt-mpi MODULE lib/mpi/MPITransport.cpp)
  target_include_directories(mpcrt-mpi PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/include)
  target_link_libraries(mpcrt-mpi PRIVATE MPI::MPI_C)
  target_compile_options(mpcrt-mpi PRIVATE -Wall -Wextra $<$<BOOL:${MPC_WERROR}>:-Werror>)
  target_compile_definitions(mpcrt-mpi PRIVATE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
  install(TARGETS mpcrt-mpi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
else()
  message(STATUS "MPI not found: this build runs in one process (Debian: libopenmpi-dev openmpi-bin)")
endif()
