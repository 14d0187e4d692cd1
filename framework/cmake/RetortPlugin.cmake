# retort_add_plugin(NAME FILE [TORCH] [LINK libraries…])
#
# One plugin: one file, one library, one type name. Builds the library, writes its manifest beside it (by loading it
# once in `retort-worker describe`) and registers its contract tests (`retort-worker check`). TORCH links libtorch.
# Works in this tree and, after find_package(Retort), in any other.
function(retort_add_plugin name file)
  cmake_parse_arguments(ARG "TORCH" "OUTPUT" "LINK" ${ARGN})
  if(ARG_TORCH AND NOT RETORT_TORCH_PLUGINS)
    return()
  endif()
  string(MAKE_C_IDENTIFIER "retort_plugin_${name}" target)
  if(NOT RETORT_PLUGIN_OUTPUT)
    set(RETORT_PLUGIN_OUTPUT ${PROJECT_BINARY_DIR}/plugins)
  endif()
  add_library(${target} MODULE ${file})
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_link_libraries(${target} PRIVATE Retort::sdk ${ARG_LINK})
  if(ARG_TORCH)
    target_link_libraries(${target} PRIVATE Retort::sdk_torch)
    if(TARGET retort_precompiled_plugins)
      retort_precompile(${target} plugins)
    endif()
  endif()
  if(TARGET retort_warnings)
    target_link_libraries(${target} PRIVATE retort_warnings)
  endif()
  file(RELATIVE_PATH source ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${file})  # relative: no path of a machine in it
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name} CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON LIBRARY_OUTPUT_DIRECTORY ${RETORT_PLUGIN_OUTPUT})
  target_compile_definitions(${target} PRIVATE RETORT_PLUGIN_SOURCE="${source}")
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND Retort::worker describe $<TARGET_FILE:${target}> --root ${PROJECT_SOURCE_DIR}
      --output ${RETORT_PLUGIN_OUTPUT}/${name}.json
    COMMENT "Describing plugin ${name}" VERBATIM)
  if(TARGET retort_worker)
    add_dependencies(${target} retort_worker)
  endif()
  set_property(GLOBAL APPEND PROPERTY RETORT_PLUGINS ${target})
  add_test(NAME contract.${name} COMMAND Retort::worker check $<TARGET_FILE:${target}>)
  set_tests_properties(contract.${name} PROPERTIES TIMEOUT 120 LABELS contract)
endfunction()
