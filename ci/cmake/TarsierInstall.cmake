# What a project outside finds: find_package(Tarsier), or the same names by add_subdirectory().
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Everything an RPC program links.
add_library(tarsier_rpc INTERFACE)
target_link_libraries(tarsier_rpc INTERFACE
  tarsier_client tarsier_registry tarsier_server tarsier_epoll)
set_target_properties(tarsier_rpc PROPERTIES EXPORT_NAME rpc)
add_library(Tarsier::rpc ALIAS tarsier_rpc)
install(TARGETS tarsier_rpc EXPORT TarsierTargets)

add_executable(Tarsier::tars2cpp ALIAS tars2cpp)
install(TARGETS tars2cpp EXPORT TarsierTargets)

# The headers, in the tree they are included by. No test and no golden file.
install(DIRECTORY transport protocol client server governance sim
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tarsier
  FILES_MATCHING PATTERN "*.h"
  PATTERN "asio_*" EXCLUDE PATTERN "handler_memory.h" EXCLUDE PATTERN "event_loop.h" EXCLUDE
  PATTERN "socket_stream.h" EXCLUDE PATTERN "real_processes.h" EXCLUDE
  PATTERN "*_test*" EXCLUDE PATTERN "*_contract.h" EXCLUDE PATTERN "*_testing.h" EXCLUDE
  PATTERN "contract" EXCLUDE PATTERN "golden" EXCLUDE PATTERN "testdata" EXCLUDE
  PATTERN "scenarios" EXCLUDE)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Tarsier)
install(EXPORT TarsierTargets NAMESPACE Tarsier:: DESTINATION ${package})
configure_package_config_file(ci/cmake/TarsierConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/TarsierConfig.cmake INSTALL_DESTINATION ${package})
# Before 1.0 a minor version may break what it must.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/TarsierConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/TarsierConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/TarsierConfigVersion.cmake
  ci/cmake/TarsierGenerate.cmake
  DESTINATION ${package})
