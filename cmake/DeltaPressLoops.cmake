# The host flavour's loops, once for each instruction set; the widest that the processor has is chosen when the library runs.
#
# target: the library that gets them; native, kernels: the folders native and cuda-kernels
function(deltapress_loops target native kernels name bits)
  add_library(${name} OBJECT ${native}/src/host/loops.cpp)
  target_compile_definitions(${name} PRIVATE DP_LOOPS=${name} DP_VECTOR_BITS=${bits})
  target_compile_options(${name} PRIVATE ${ARGN})
  target_include_directories(${name} PRIVATE ${native}/include ${native}/src/host ${kernels})
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${name}>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 takes the undefined vectors of its own headers for a mistake (GCC bug 105593).
    target_compile_options(${name} PRIVATE -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
endfunction()

function(deltapress_host_loops target native kernels)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    deltapress_loops(${target} ${native} ${kernels} loops_v2 128 -march=x86-64-v2)
    deltapress_loops(${target} ${native} ${kernels} loops_v3 256 -march=x86-64-v3)
    deltapress_loops(${target} ${native} ${kernels} loops_v4 512 -march=x86-64-v4 -mprefer-vector-width=512)
  else()
    deltapress_loops(${target} ${native} ${kernels} loops_any 128)
  endif()
endfunction()
