# retort_find_torch(DIR): the imported target Retort::torch of the libtorch in DIR, a wheel's `torch` folder or the unpacked
# archive, and Torch_VERSION. Its own package is not asked: where it has CUDA, that wants the toolkit's compiler and
# headers, and only plugins/lib/train/cuda_graph.cpp uses some of those: RETORT_CUDA_INCLUDES, empty if they are not there.
function(retort_find_torch folder)
  set(version_file ${folder}/share/cmake/Torch/TorchConfigVersion.cmake)
  if(NOT EXISTS ${version_file})
    message(FATAL_ERROR "no libtorch in ${folder}: ${version_file} is missing")
  endif()
  file(STRINGS ${version_file} version REGEX "^set\\(PACKAGE_VERSION \"")
  string(REGEX REPLACE ".*\"([^\"]*)\".*" "\\1" version "${version}")
  set(Torch_VERSION ${version} PARENT_SCOPE)

  set(libraries "")
  foreach(name c10 torch_cpu torch c10_cuda torch_cuda)
    set(file ${folder}/lib/lib${name}.so)
    if(EXISTS ${file})
      list(APPEND libraries ${file})
    elseif(NOT name MATCHES "_cuda$")
      message(FATAL_ERROR "no libtorch in ${folder}: ${file} is missing")
    endif()
  endforeach()
  if(EXISTS ${folder}/lib/libc10_cuda.so)
    retort_find_cuda_headers(${folder})
    set(RETORT_CUDA_INCLUDES ${RETORT_CUDA_INCLUDES} PARENT_SCOPE)
  endif()
  add_library(Retort::torch INTERFACE IMPORTED GLOBAL)
  target_include_directories(Retort::torch INTERFACE ${folder}/include ${folder}/include/torch/csrc/api/include)
  target_link_libraries(Retort::torch INTERFACE ${libraries})
  target_link_options(Retort::torch INTERFACE
    LINKER:--no-as-needed            # nothing refers to the CUDA library: its kernels register themselves when it is loaded
    LINKER:--allow-shlib-undefined)  # the wheel's CUDA libraries lie in packages of their own
endfunction()

# RETORT_CUDA_INCLUDES: the folders of CUDA's runtime headers that fit the libtorch in DIR. Wheels of torch bring them all but
# crt/, which nvidia-cuda-crt has (of CUDA 12: nvidia-cuda-nvcc-cu12).
function(retort_find_cuda_headers folder)
  cmake_path(GET folder PARENT_PATH site)
  set(places ${site}/nvidia/cu13/include ${site}/nvidia/cuda_runtime/include ${site}/nvidia/cuda_nvcc/include)
  if(NOT EXISTS ${site}/nvidia)  # no wheel: the toolkit of the machine
    set(places /usr/local/cuda/include $ENV{CUDA_HOME}/include)
  endif()
  set(includes "")
  foreach(header cuda_runtime_api.h crt/host_defines.h)
    find_path(found ${header} PATHS ${places} NO_DEFAULT_PATH NO_CACHE)
    if(NOT found)
      message(STATUS "no ${header} for this libtorch: steps on a card will not be recorded as CUDA graphs")
      return()
    endif()
    list(APPEND includes ${found})
    unset(found)
  endforeach()
  list(REMOVE_DUPLICATES includes)
  set(RETORT_CUDA_INCLUDES ${includes} PARENT_SCOPE)
endfunction()
