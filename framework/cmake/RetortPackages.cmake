# Every package the project builds with. RETORT_PYTHON_SITE is the site-packages folder that holds nlohmann_json's
# wheel (and torch's, unless RETORT_TORCH names another libtorch); `./dev` sets both.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  add_compile_options(-fpch-preprocess)  # what ccache asks for beside a precompiled header
endif()

set(RETORT_PYTHON_SITE "$ENV{RETORT_PYTHON_SITE}" CACHE PATH "site-packages with the nlohmann-json and torch wheels")
set(RETORT_TORCH "$ENV{RETORT_TORCH}" CACHE PATH "libtorch to build against; default: torch in RETORT_PYTHON_SITE")
if(NOT RETORT_TORCH)
  set(RETORT_TORCH "${RETORT_PYTHON_SITE}/torch" CACHE PATH "" FORCE)
endif()

find_path(NLOHMANN_INCLUDE nlohmann/json.hpp
  PATHS ${RETORT_PYTHON_SITE}/nlohmann_json/include NO_DEFAULT_PATH)
if(NOT NLOHMANN_INCLUDE)
  find_path(NLOHMANN_INCLUDE nlohmann/json.hpp REQUIRED)
endif()
add_library(retort_json INTERFACE)
target_include_directories(retort_json SYSTEM INTERFACE $<BUILD_INTERFACE:${NLOHMANN_INCLUDE}>)

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers only: DLL, Graph, Math, Beast
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)

set(RETORT_TORCH_VERSION none)
if(RETORT_TORCH_PLUGINS)
  include(RetortTorch)
  retort_find_torch(${RETORT_TORCH})
  set(RETORT_TORCH_VERSION ${Torch_VERSION})
  message(STATUS "libtorch ${RETORT_TORCH_VERSION} in ${RETORT_TORCH}")
endif()
