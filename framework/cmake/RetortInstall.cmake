# `cmake --install`: the command, the worker, plugins with their manifests, headers, and the package that
# find_package(Retort) reads to build plugins elsewhere.
include(CMakePackageConfigHelpers)
set(RETORT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Retort)
set(RETORT_INSTALL_PLUGINS ${CMAKE_INSTALL_LIBDIR}/retort/plugins)

set(libraries retort_core retort_json retort_sdk)
foreach(library retort_sdk_torch retort_nn retort_vision retort_train retort_match retort_checkpoint)
  if(TARGET ${library})
    list(APPEND libraries ${library})
  endif()
endforeach()
foreach(library IN LISTS libraries)
  string(REGEX REPLACE "^retort_" "" export_name ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${export_name})
endforeach()

set_target_properties(retort_worker PROPERTIES EXPORT_NAME worker)
install(TARGETS retort retort_worker ${libraries} EXPORT RetortTargets)
install(EXPORT RetortTargets NAMESPACE Retort:: DESTINATION ${RETORT_CMAKE_DIR})
foreach(room core sdk)
  install(DIRECTORY framework/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort FILES_MATCHING PATTERN "*.h")
endforeach()
foreach(part nn vision train match checkpoint)
  install(DIRECTORY plugins/${part} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort FILES_MATCHING PATTERN "*.h")
endforeach()
install(DIRECTORY ${NLOHMANN_INCLUDE}/nlohmann DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/retort)
install(TARGETS ${plugins} LIBRARY DESTINATION ${RETORT_INSTALL_PLUGINS})
install(DIRECTORY ${PROJECT_BINARY_DIR}/plugins/ DESTINATION ${RETORT_INSTALL_PLUGINS} FILES_MATCHING PATTERN "*.json")
if(EXISTS ${PROJECT_SOURCE_DIR}/framework/cli/templates)
  install(DIRECTORY framework/cli/templates DESTINATION ${CMAKE_INSTALL_DATADIR}/retort)
endif()
install(DIRECTORY datasets graphs DESTINATION ${CMAKE_INSTALL_DATADIR}/retort FILES_MATCHING PATTERN "*.json")

configure_package_config_file(framework/cmake/RetortConfig.cmake.in ${PROJECT_BINARY_DIR}/RetortConfig.cmake
  INSTALL_DESTINATION ${RETORT_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/RetortConfigVersion.cmake COMPATIBILITY ExactVersion)
install(FILES ${PROJECT_BINARY_DIR}/RetortConfig.cmake ${PROJECT_BINARY_DIR}/RetortConfigVersion.cmake
  framework/cmake/RetortPlugin.cmake DESTINATION ${RETORT_CMAKE_DIR})
