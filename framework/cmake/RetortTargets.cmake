# Warnings and sanitizers as interface targets, and the two kinds of target the project has beside plugins.
add_library(retort_warnings INTERFACE)
target_compile_options(retort_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow $<$<BOOL:${RETORT_WERROR}>:-Werror>)

if(RETORT_SANITIZE)
  add_compile_options(-fsanitize=${RETORT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RETORT_SANITIZE})
endif()

# retort_library(NAME [SHARED] SOURCES... [LINK ...]): a library of one room; retort_nn is also Retort::nn, its installed name.
function(retort_library name)
  cmake_parse_arguments(ARG "SHARED" "" "SOURCES;LINK" ${ARGN})
  if(ARG_SHARED)
    add_library(${name} SHARED ${ARG_SOURCES})
  else()
    add_library(${name} STATIC ${ARG_SOURCES})
  endif()
  string(REGEX REPLACE "^retort_" "Retort::" installed_name ${name})
  add_library(${installed_name} ALIAS ${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE $<BUILD_INTERFACE:retort_warnings>)
  if("${name} ${ARG_LINK}" MATCHES "${RETORT_TORCH_LIBRARIES}")
    retort_precompile(${name} torch)
  else()
    retort_precompile(${name} engine)
  endif()
endfunction()

# retort_plugin_library(NAME SOURCES... [LINK ...]): the library of plugins/lib/NAME, retort_NAME. Its headers are included as
# <NAME/file.h>, and its code is in the identity of every plugin that links it.
function(retort_plugin_library name)
  retort_library(retort_${name} SHARED ${ARGN})
  target_include_directories(retort_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/plugins/lib>)
  retort_track_members(retort_${name})
endfunction()

# retort_test(NAME SOURCES... LINK ...): one GoogleTest program, registered with ctest as NAME. What several tests share is included
# as "support/fake_run.h" or "whole/engine/workshop.h", a header that is no library's as "node/recover/batches.h":
# with $<TARGET_OBJECTS:retort_plugin_recover> among the sources the test links the files of that plugin.
function(retort_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 900)
  endif()
  list(APPEND ARG_LABELS ${RETORT_TEST_LABEL})
  string(REPLACE "." "_" target test_${name})
  add_executable(${target} ${ARG_SOURCES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/plugins)
  target_link_libraries(${target} PRIVATE ${ARG_LINK} GTest::gtest_main GTest::gmock retort_warnings)
  if("${ARG_LINK}" MATCHES "${RETORT_TORCH_LIBRARIES}")
    retort_precompile(${target} torch)
  else()
    retort_precompile(${target} tests)
  endif()
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "RETORT_BIN=${PROJECT_BINARY_DIR}/bin"
    "RETORT_SOURCE=${PROJECT_SOURCE_DIR}" "RETORT_PLUGIN_PATH=${PROJECT_BINARY_DIR}/plugins")
endfunction()
