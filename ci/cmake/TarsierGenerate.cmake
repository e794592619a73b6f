# tarsier_generate(TARGET t IDL a.tars b.tars [INCLUDE dir…] [MOCKS] [OPTIONS …])
#
# Makes C++ from TARS interface files at build time and adds it to the target: a.tars becomes
# #include "a.h", and with MOCKS also "a_mock.h". INCLUDE names folders to search for the .tars
# files that those include; OPTIONS go to tars2cpp as they are. A changed .tars file, or one that
# it includes, makes its header again. Works on executables and on all kinds of libraries.
include_guard(GLOBAL)

function(tarsier_generate)
  cmake_parse_arguments(arg "MOCKS" "TARGET" "IDL;INCLUDE;OPTIONS" ${ARGN})
  if(NOT arg_TARGET OR NOT arg_IDL OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "use tarsier_generate(TARGET t IDL a.tars … [INCLUDE dir…] [MOCKS] "
      "[OPTIONS …]); not understood: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT TARGET ${arg_TARGET})
    message(FATAL_ERROR "tarsier_generate: there is no target ${arg_TARGET} yet")
  endif()
  if(TARGET Tarsier::tars2cpp)
    set(compiler Tarsier::tars2cpp)
  else()
    set(compiler tars2cpp)
  endif()

  set(dir ${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}_tars)
  set(options ${arg_OPTIONS})
  if(arg_MOCKS)
    list(APPEND options --mock)
  endif()
  if(arg_INCLUDE)
    set(search "")
    foreach(folder IN LISTS arg_INCLUDE)
      cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
      list(APPEND search ${folder})
    endforeach()
    list(JOIN search "," search)
    list(APPEND options "--include=${search}")
  endif()

  set(outputs "")
  foreach(idl IN LISTS arg_IDL)
    cmake_path(ABSOLUTE_PATH idl BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    cmake_path(GET idl STEM LAST_ONLY stem)
    set(files ${dir}/${stem}.h)
    if("--split" IN_LIST arg_OPTIONS)
      list(APPEND files ${dir}/${stem}.cc)
    endif()
    if(arg_MOCKS)
      list(APPEND files ${dir}/${stem}_mock.h)
    endif()
    add_custom_command(OUTPUT ${files}
      COMMAND ${compiler} --dir=${dir} --depfile=${dir}/${stem}.d ${options} ${idl}
      DEPENDS ${idl} ${compiler}
      DEPFILE ${dir}/${stem}.d
      COMMENT "tars2cpp ${stem}.tars"
      VERBATIM)
    list(APPEND outputs ${files})
  endforeach()

  # Through a target of its own, so that others who include the headers can wait for them too.
  get_target_property(type ${arg_TARGET} TYPE)
  string(MD5 unique "${arg_IDL}")
  string(SUBSTRING ${unique} 0 8 unique)
  add_custom_target(${arg_TARGET}_tars_${unique} DEPENDS ${outputs})
  add_dependencies(${arg_TARGET} ${arg_TARGET}_tars_${unique})
  if(type STREQUAL "INTERFACE_LIBRARY")
    target_include_directories(${arg_TARGET} INTERFACE $<BUILD_INTERFACE:${dir}>)
  else()
    target_sources(${arg_TARGET} PRIVATE ${outputs})
    target_include_directories(${arg_TARGET} PUBLIC $<BUILD_INTERFACE:${dir}>)
  endif()
endfunction()
