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
endfunction()

# retort_test(NAME SOURCES... LINK ...): one GoogleTest program, registered with ctest as NAME.
function(retort_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 900)
  endif()
  string(REPLACE "." "_" target test_${name})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_LINK} GTest::gtest_main GTest::gmock retort_warnings)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "RETORT_BIN=${PROJECT_BINARY_DIR}/bin"
    "RETORT_SOURCE=${PROJECT_SOURCE_DIR}" "RETORT_PLUGIN_PATH=${PROJECT_BINARY_DIR}/plugins")
endfunction()
