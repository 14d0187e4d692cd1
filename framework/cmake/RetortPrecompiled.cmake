# Precompiled headers. Most of what a file costs is parsing ATen, nlohmann_json and GoogleTest: each combination that
# occurs is parsed once. A compiler takes such a header only under the flags it was made with, hence one a kind of target.
#
# retort_precompile(TARGET KIND): KIND is engine, tests, torch (libraries and tests that link ATen) or plugins.
list(JOIN RETORT_PLUGIN_LIBRARIES "|" plugin_libraries)
set(RETORT_TORCH_LIBRARIES "retort_(sdk_torch|${plugin_libraries})")  # what links ATen

function(retort_precompiled kind)
  cmake_parse_arguments(ARG "" "" "HEADERS;LINK" ${ARGN})
  add_library(retort_precompiled_${kind} OBJECT ${PROJECT_SOURCE_DIR}/framework/cmake/precompiled.cpp)
  target_link_libraries(retort_precompiled_${kind} PRIVATE ${ARG_LINK} retort_json retort_warnings)
  target_precompile_headers(retort_precompiled_${kind} PRIVATE <nlohmann/json.hpp> <filesystem> <functional> <map> <optional>
    <set> <string> <vector> ${ARG_HEADERS})
endfunction()

retort_precompiled(engine)
if(RETORT_TESTS)
  find_package(GTest REQUIRED)
  retort_precompiled(tests HEADERS <gmock/gmock.h> <gtest/gtest.h> LINK GTest::gtest GTest::gmock)
endif()
if(RETORT_TORCH_PLUGINS)
  retort_precompiled(torch HEADERS <ATen/ATen.h> LINK Retort::torch)
  retort_precompiled(plugins HEADERS <ATen/ATen.h> LINK Retort::torch)
  set_target_properties(retort_precompiled_plugins PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endif()

function(retort_precompile target kind)
  target_precompile_headers(${target} REUSE_FROM retort_precompiled_${kind})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL EXECUTABLE)  # -fPIC as the header, not -fPIE
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()
