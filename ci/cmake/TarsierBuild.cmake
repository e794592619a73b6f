# How every target of this repository is built: one function a kind of target.
include_guard(GLOBAL)
include(GNUInstallDirs)

# What users of the library need: C++20 and the repository-rooted include path.
add_library(tarsier_language INTERFACE)
target_compile_features(tarsier_language INTERFACE cxx_std_20)
target_include_directories(tarsier_language INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/tarsier>)
set_target_properties(tarsier_language PROPERTIES EXPORT_NAME language)
install(TARGETS tarsier_language EXPORT TarsierTargets)

# What we demand of our own code, and the instrumentation of the preset.
add_library(tarsier_strict INTERFACE)
target_compile_options(tarsier_strict INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror
  # g++ 12 reports these on correct coroutine and inlined std:: code.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow
    -Wno-stringop-overread -Wno-restrict -Wno-dangling-pointer -Wno-free-nonheap-object>)

# Instrumentation must reach everything that is linked together.
if(TARSIER_SANITIZE)
  add_compile_options(-fsanitize=${TARSIER_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TARSIER_SANITIZE})
endif()
if(TARSIER_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

if(PROJECT_IS_TOP_LEVEL)
  find_program(TARSIER_CCACHE ccache)
  # Not for coverage: an object says where its counters go, which is another folder when the cache
  # took it from another clone.
  if(TARSIER_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER AND NOT TARSIER_COVERAGE)
    set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${TARSIER_CCACHE})
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    find_program(TARSIER_LLD NAMES ld.lld-19 ld.lld)
    if(TARSIER_LLD)
      add_link_options(-fuse-ld=${TARSIER_LLD})
    endif()
  endif()
endif()

# tarsier_library(NAME SOURCES … [DEPS …] [EXPORT_NAME n]): a static library of one layer.
function(tarsier_library name)
  cmake_parse_arguments(arg "" "EXPORT_NAME" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC tarsier_language ${arg_DEPS}
    PRIVATE $<BUILD_INTERFACE:tarsier_strict> ${arg_PRIVATE_DEPS})
  if(arg_EXPORT_NAME)
    set_target_properties(${name} PROPERTIES EXPORT_NAME ${arg_EXPORT_NAME}
      OUTPUT_NAME tarsier_${arg_EXPORT_NAME})
    add_library(Tarsier::${arg_EXPORT_NAME} ALIAS ${name})
    install(TARGETS ${name} EXPORT TarsierTargets)
  endif()
endfunction()

# tarsier_program(NAME SOURCES … [DEPS …]): an executable that is not a test.
function(tarsier_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE tarsier_strict ${arg_DEPS})
endfunction()

if(TARSIER_BUILD_TESTS)
  enable_testing()
  include(GoogleTest)
  find_package(GTest REQUIRED)
  find_library(TARSIER_RAPIDCHECK rapidcheck REQUIRED)
  # Its objects are only the main function; its precompiled header is what it is for: GoogleTest,
  # GoogleMock and RapidCheck cost 5 s a file without it.
  add_library(tarsier_test_main STATIC ${PROJECT_SOURCE_DIR}/ci/cmake/test_main.cc)
  target_link_libraries(tarsier_test_main
    PUBLIC tarsier_language GTest::gmock GTest::gtest ${TARSIER_RAPIDCHECK}
    PRIVATE tarsier_strict)
  target_compile_options(tarsier_test_main PRIVATE -O0 -g1
    $<$<CXX_COMPILER_ID:Clang>:-Xclang -fno-pch-timestamp>)
  target_precompile_headers(tarsier_test_main PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>)
endif()

# tarsier_test(NAME SOURCES … [DEPS …]): one GoogleTest binary and one ctest entry.
function(tarsier_test name)
  if(NOT TARSIER_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE tarsier_strict tarsier_test_main ${arg_DEPS})
  target_compile_options(${name} PRIVATE -O0 -g1
    $<$<CXX_COMPILER_ID:Clang>:-Xclang -fno-pch-timestamp>)
  target_precompile_headers(${name} REUSE_FROM tarsier_test_main)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)  # against hanging, on a machine that is busy with other things
    if(TARSIER_COVERAGE)
      set(arg_TIMEOUT 1800)  # unoptimised, and every counter is atomic
    endif()
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()

# tarsier_fuzz(NAME SOURCES … [DEPS …] [MALLOC_LIMIT_MB n] [MAX_LEN n]): one libFuzzer target.
# Its corpus is fuzz/corpus/<NAME without fuzz_>/, its dictionary fuzz/<same>.dict if there is one.
# With the fuzz preset this builds the fuzzer; with tests, a program that replays the corpus once,
# so that every input that ever mattered runs in every build and with every compiler.
function(tarsier_fuzz name)
  cmake_parse_arguments(arg "" "MALLOC_LIMIT_MB;MAX_LEN" "SOURCES;DEPS" ${ARGN})
  string(REGEX REPLACE "^fuzz_" "" subject ${name})
  set(corpus ${PROJECT_SOURCE_DIR}/fuzz/corpus/${subject})
  if(TARSIER_BUILD_FUZZERS)
    if(NOT arg_MALLOC_LIMIT_MB)
      set(arg_MALLOC_LIMIT_MB 16)
    endif()
    if(NOT arg_MAX_LEN)
      set(arg_MAX_LEN 262144)
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE tarsier_strict ${arg_DEPS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    # What ./dev fuzz reads.
    file(APPEND ${PROJECT_BINARY_DIR}/fuzz/targets
      "${subject} ${arg_MAX_LEN} ${arg_MALLOC_LIMIT_MB}\n")
  endif()
  if(TARSIER_BUILD_TESTS)
    add_executable(${name}_replay ${arg_SOURCES} ${PROJECT_SOURCE_DIR}/fuzz/replay_main.cc)
    target_link_libraries(${name}_replay PRIVATE tarsier_strict ${arg_DEPS})
    add_test(NAME ${name}_replay COMMAND ${name}_replay ${corpus})
    set_tests_properties(${name}_replay PROPERTIES TIMEOUT 600)
  endif()
endfunction()
