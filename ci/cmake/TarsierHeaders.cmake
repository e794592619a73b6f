# header_self_contained: every installed header compiles by itself, also when included twice. A
# glob, because the header that a list forgets is the one that is broken.
include_guard(GLOBAL)

file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
  ${PROJECT_SOURCE_DIR}/transport/*.h ${PROJECT_SOURCE_DIR}/protocol/*.h
  ${PROJECT_SOURCE_DIR}/client/*.h ${PROJECT_SOURCE_DIR}/server/*.h ${PROJECT_SOURCE_DIR}/sim/*.h
  ${PROJECT_SOURCE_DIR}/governance/*.h)
list(FILTER headers EXCLUDE REGEX
  "/(golden|testdata|scenarios|contract)/|_(test|contract|testing)\\.h$")

set(sources)
foreach(header IN LISTS headers)
  string(REGEX REPLACE "[/.]" "_" name ${header})
  set(source ${PROJECT_BINARY_DIR}/header_self_contained/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"@header@\"\n#include \"@header@\"\n" @ONLY)
  list(APPEND sources ${source})
endforeach()

add_library(header_self_contained OBJECT EXCLUDE_FROM_ALL ${sources})
target_link_libraries(header_self_contained
  PRIVATE tarsier_language tarsier_strict tarsier_base_idl)
target_compile_options(header_self_contained PRIVATE -O0 -g0)
add_test(NAME header_self_contained
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target header_self_contained -j 2)
set_tests_properties(header_self_contained PROPERTIES TIMEOUT 600)
