# Flags that every target shares. -ffp-contract=off is part of the promise of equal bits: no multiply-add may be fused.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3")
set(CMAKE_C_FLAGS_RELEASE "-O3")

add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-Wall> $<$<COMPILE_LANGUAGE:C,CXX>:-Wextra>
                    $<$<COMPILE_LANGUAGE:C,CXX>:-Werror> $<$<COMPILE_LANGUAGE:C,CXX>:-ffp-contract=off>)

option(DELTAPRESS_SANITIZE "Build with the address and undefined-behaviour sanitizers" OFF)
if(DELTAPRESS_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=address,undefined)
endif()

find_package(Threads REQUIRED)

# A library that exports the functions of deltapress.h and nothing else, and depends on libc alone.
function(deltapress_library target)
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src ${DELTAPRESS_KERNELS})
  target_compile_definitions(${target} PRIVATE DP_BUILDING)
  target_link_libraries(${target} PRIVATE Threads::Threads)
  if(NOT DELTAPRESS_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,-z,defs
                        -Wl,--strip-all)
  endif()
  # The threads of the pool live as long as the process, so the library must not be unmapped under them.
  target_link_options(${target} PRIVATE -Wl,-z,nodelete)
endfunction()
