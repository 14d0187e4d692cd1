# retort_find_torch(DIR): the imported target Retort::torch of the libtorch in DIR, a wheel's `torch` folder or the unpacked
# archive, and Torch_VERSION. Its own package is not asked: where it has CUDA, that wants the toolkit's compiler and
# headers, which no wheel brings and nothing here uses.
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
  add_library(Retort::torch INTERFACE IMPORTED GLOBAL)
  target_include_directories(Retort::torch INTERFACE ${folder}/include ${folder}/include/torch/csrc/api/include)
  target_link_libraries(Retort::torch INTERFACE ${libraries})
  target_link_options(Retort::torch INTERFACE
    LINKER:--no-as-needed            # nothing refers to the CUDA library: its kernels register themselves when it is loaded
    LINKER:--allow-shlib-undefined)  # the wheel's CUDA libraries lie in packages of their own
endfunction()
