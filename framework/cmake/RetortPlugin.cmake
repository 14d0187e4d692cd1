# retort_track_members(LIBRARY): plugins that link it have its code in their identity, member by member: only what they
# reach. Writes LIBRARY.members beside it. Objects are found through compile_commands.json (Ninja and Makefiles).
function(retort_track_members library)
  set_target_properties(${library} PROPERTIES RETORT_MEMBERS ON EXPORT_PROPERTIES RETORT_MEMBERS EXPORT_COMPILE_COMMANDS ON
    UNITY_BUILD OFF)  # a member is one source
  get_target_property(kind ${library} TYPE)
  if(kind STREQUAL SHARED_LIBRARY)
    target_link_options(${library} PRIVATE -Wl,--build-id=sha1)  # a worker compares it with the manifest's
  endif()
  add_custom_command(TARGET ${library} POST_BUILD
    COMMAND Retort::worker members $<TARGET_FILE:${library}> --root ${PROJECT_SOURCE_DIR}
      --commands ${CMAKE_BINARY_DIR}/compile_commands.json --object "$<TARGET_OBJECTS:${library}>"
    COMMENT "Listing the members of ${library}" VERBATIM)
  if(TARGET retort_worker)
    add_dependencies(${library} retort_worker)
  endif()
endfunction()

# Sets `found` to the tracked libraries that `target` links, directly or not. Warns of code that no identity would hold.
function(retort_tracked_libraries target found)
  set(open ${target})
  set(seen "")
  set(tracked "")
  while(open)
    list(POP_FRONT open one)
    if(one IN_LIST seen OR NOT TARGET ${one})
      continue()
    endif()
    list(APPEND seen ${one})
    get_target_property(kind ${one} TYPE)
    get_target_property(is_tracked ${one} RETORT_MEMBERS)
    get_target_property(is_imported ${one} IMPORTED)
    get_target_property(name ${one} NAME)
    if(is_tracked)
      list(APPEND tracked ${name})
    elseif(NOT is_imported AND NOT kind STREQUAL INTERFACE_LIBRARY AND NOT name MATCHES "^retort_(sdk|sdk_torch|core|plugin_.*)$")
      message(WARNING "${target} links ${name}, whose code is not in its identity: an edit there reruns nothing. "
        "Call retort_track_members(${name}).")
    endif()
    foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
      if(kind STREQUAL INTERFACE_LIBRARY AND property STREQUAL LINK_LIBRARIES)
        continue()
      endif()
      get_target_property(links ${one} ${property})
      if(links)
        string(REGEX REPLACE "\\$<(LINK_ONLY|BUILD_INTERFACE|INSTALL_INTERFACE):([^>]*)>" "\\2" links "${links}")
        list(APPEND open ${links})
      endif()
    endforeach()
  endwhile()
  list(REMOVE_DUPLICATES tracked)
  set(${found} ${tracked} PARENT_SCOPE)
endfunction()

# retort_add_plugin(NAME FILES… [TORCH] [OUTPUT NAME] [LINK libraries…])
#
# One plugin: one type name, one library, one file or several; the first holds RETORT_PLUGIN. Builds the library, writes
# its manifest beside it (by loading it once in `retort-worker describe`; all of its files are its code) and registers its
# contract tests (`retort-worker check`). TORCH links libtorch. Works in this tree and, after find_package(Retort), in any other.
function(retort_add_plugin name)
  cmake_parse_arguments(ARG "TORCH" "OUTPUT" "LINK" ${ARGN})
  if(ARG_TORCH AND NOT RETORT_TORCH_PLUGINS)
    return()
  endif()
  set(files ${ARG_UNPARSED_ARGUMENTS})
  if(NOT files)
    message(FATAL_ERROR "retort_add_plugin(${name}) names no source file")
  endif()
  list(GET files 0 first)
  string(MAKE_C_IDENTIFIER "retort_plugin_${name}" target)
  if(NOT RETORT_PLUGIN_OUTPUT)
    set(RETORT_PLUGIN_OUTPUT ${PROJECT_BINARY_DIR}/plugins)
  endif()
  set(output ${name})
  if(ARG_OUTPUT)
    set(output ${ARG_OUTPUT})
  endif()
  add_library(${target} MODULE ${files})
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
  file(RELATIVE_PATH source ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${first})  # relative: no path of a machine in it
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${output} CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON LIBRARY_OUTPUT_DIRECTORY ${RETORT_PLUGIN_OUTPUT})
  target_compile_definitions(${target} PRIVATE RETORT_PLUGIN_SOURCE="${source}")
  set_target_properties(${target} PROPERTIES EXPORT_COMPILE_COMMANDS ON UNITY_BUILD OFF)
  target_link_options(${target} PRIVATE -Wl,--build-id=sha1)
  retort_tracked_libraries(${target} libraries)
  set(uses "")
  foreach(library IN LISTS libraries)
    list(APPEND uses "$<TARGET_FILE:${library}>")
  endforeach()
  if(uses)
    set(uses --uses ${uses})
  endif()
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND Retort::worker describe $<TARGET_FILE:${target}> --root ${PROJECT_SOURCE_DIR}
      --output ${RETORT_PLUGIN_OUTPUT}/${output}.json --commands ${CMAKE_BINARY_DIR}/compile_commands.json
      --object "$<TARGET_OBJECTS:${target}>" ${uses}
    COMMENT "Describing plugin ${name}" VERBATIM)
  if(TARGET retort_worker)
    add_dependencies(${target} retort_worker)
  endif()
  set_property(GLOBAL APPEND PROPERTY RETORT_PLUGINS ${target})
  add_test(NAME contract.${name} COMMAND Retort::worker check $<TARGET_FILE:${target}>)
  set_tests_properties(contract.${name} PROPERTIES TIMEOUT 120 LABELS contract
    ENVIRONMENT "OMP_NUM_THREADS=1")  # its tensors are tiny: more threads mostly wait for each other
endfunction()
