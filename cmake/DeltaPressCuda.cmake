# The CUDA flavour, where nvcc is found.
set(DELTAPRESS_CUDA AUTO CACHE STRING "Build the CUDA flavour: ON, OFF, or AUTO where nvcc is found")
set_property(CACHE DELTAPRESS_CUDA PROPERTY STRINGS AUTO ON OFF)

set(DELTAPRESS_HAS_CUDA OFF)
if(NOT DELTAPRESS_CUDA STREQUAL "OFF" AND NOT DELTAPRESS_SANITIZE)
  include(CheckLanguage)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES "80-real;90")  # code for A100 and H100, PTX for what comes later
  endif()
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(DELTAPRESS_HAS_CUDA ON)
  elseif(DELTAPRESS_CUDA STREQUAL "ON")
    message(FATAL_ERROR "DELTAPRESS_CUDA is ON, but no nvcc was found")
  else()
    message(STATUS "No nvcc found: only the host flavour is built")
  endif()
endif()

if(DELTAPRESS_HAS_CUDA)
  enable_language(CUDA)
  file(GLOB KERNELS CONFIGURE_DEPENDS ${DELTAPRESS_KERNELS}/*.cu)
  add_library(deltapress_cuda SHARED ${API} src/cuda/runtime.cpp ${KERNELS})
  deltapress_library(deltapress_cuda)
  find_path(CUDA_INCLUDE cuda_runtime.h HINTS ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES} REQUIRED)
  target_include_directories(deltapress_cuda SYSTEM PRIVATE ${CUDA_INCLUDE})
  set_target_properties(deltapress_cuda PROPERTIES CUDA_STANDARD 17 CUDA_RUNTIME_LIBRARY Static CUDA_VISIBILITY_PRESET hidden)
  # -fmad=false for the same reason as -ffp-contract=off; no fast math anywhere. A kernel that spills registers or keeps arrays in local
  # memory is an error. Resource use is printed for native/bench/resources.py.
  target_compile_options(deltapress_cuda PRIVATE
    $<$<COMPILE_LANGUAGE:CUDA>:-fmad=false -Werror=all-warnings --resource-usage
      -Xptxas=--warn-on-spills,--warn-on-local-memory-usage,--warning-as-error
      -Xcompiler=-Wall,-Wextra,-Werror,-ffp-contract=off>)
endif()
