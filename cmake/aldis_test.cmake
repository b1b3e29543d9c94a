# The tests of a component, by folder. Each function finds the files of its folder, so a new file is
# a new test.

# A test program of the component, linked like a user's program. core/test has what all of them use.
function(aldis_test_executable target component)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE aldis::${component} Threads::Threads ${CMAKE_DL_LIBS})
  target_include_directories(${target} PRIVATE test ${PROJECT_SOURCE_DIR}/core/test)
endfunction()

# aldis_unit_tests(<component> [JOINED])
#
# test/*.cpp, test/detail/*.cpp and test/server/*.cpp: one doctest program, one CTest entry per file.
# JOINED: those of test/ itself may be compiled together.
function(aldis_unit_tests component)
  cmake_parse_arguments(PARSE_ARGV 1 arg "JOINED" "" "")
  set(target aldis_${component}_test)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/test
    test/*.cpp test/detail/*.cpp test/server/*.cpp)
  if(NOT files)
    return()
  endif()

  list(TRANSFORM files PREPEND test/ OUTPUT_VARIABLE sources)
  aldis_test_executable(${target} ${component} ${sources})
  target_link_libraries(${target} PRIVATE aldis_doctest_main)
  if(arg_JOINED)
    list(FILTER sources EXCLUDE REGEX "^test/.*/")
    aldis_join_sources(${target} ${sources})
  endif()

  foreach(file IN LISTS files)
    string(REGEX REPLACE "\\.cpp$" "" name ${file})
    string(REPLACE / . name ${name})
    add_test(NAME ${component}.${name}
      COMMAND ${target} --source-file=*/${component}/test/${file})
  endforeach()
endfunction()

# test/process/*.cpp: each file is a separate program, because it forks, exits early or changes its
# process permanently. Exit code 0 is success, 77 means that the system cannot run it.
function(aldis_process_tests component)
  file(GLOB files CONFIGURE_DEPENDS test/process/*.cpp)
  foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    set(target aldis_${component}_process_${name})
    aldis_test_executable(${target} ${component} ${file})
    add_test(NAME ${component}.process.${name} COMMAND ${target})
    set_tests_properties(${component}.process.${name} PROPERTIES SKIP_RETURN_CODE 77)
  endforeach()
endfunction()

# test/compile_fail/*.cpp: misuse that must not compile. See compile_fail.cmake.
function(aldis_compile_fail_tests component)
  file(GLOB files CONFIGURE_DEPENDS test/compile_fail/*.cpp)
  if(NOT files)
    return()
  endif()
  set(check ${CMAKE_COMMAND}
    "-Dcompiler=${CMAKE_CXX_COMPILER}"
    "-Dincludes=$<TARGET_PROPERTY:aldis_${component},INTERFACE_INCLUDE_DIRECTORIES>")
  set(script -P ${PROJECT_SOURCE_DIR}/cmake/compile_fail.cmake)

  add_test(NAME ${component}.compile_fail.valid
    COMMAND ${check} -Dcheck=valid "-Dsources=${files}"
      -Dunit=${CMAKE_CURRENT_BINARY_DIR}/compile_fail_valid.cpp ${script})
  foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    add_test(NAME ${component}.compile_fail.${name}
      COMMAND ${check} -Dcheck=misuse -Dsource=${file} ${script})
  endforeach()
endfunction()

# test/plugin/: a host that loads the plugins on its command line, and the plugin: with default and
# hidden visibility, built by this compiler and, if available, by another.
function(aldis_plugin_tests component)
  get_target_property(type aldis_${component} TYPE)
  # With static linking, host and plugin would each have their own aldis: nothing to test.
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/test/plugin/host.cpp OR NOT type STREQUAL SHARED_LIBRARY)
    return()
  endif()
  set(host aldis_${component}_plugin_host)
  aldis_test_executable(${host} ${component} test/plugin/host.cpp)

  aldis_other_compiler(other)
  set(plugins)
  foreach(visibility IN ITEMS default hidden)
    set(module plugin_${visibility})
    add_library(${module} MODULE test/plugin/plugin.cpp)
    target_link_libraries(${module} PRIVATE aldis::${component})
    set_target_properties(${module} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET ${visibility})
    add_test(NAME ${component}.plugin.${visibility} COMMAND ${host} $<TARGET_FILE:${module}>)
    list(APPEND plugins $<TARGET_FILE:${module}>)

    if(other)
      set(module ${CMAKE_CURRENT_BINARY_DIR}/plugin_other_${visibility}.so)
      aldis_foreign_plugin(${module} ${component} ${visibility} ${other})
      add_test(NAME ${component}.plugin.other_${visibility} COMMAND ${host} ${module})
      list(APPEND plugins ${module})
    endif()
  endforeach()
  add_test(NAME ${component}.plugin.all COMMAND ${host} ${plugins})
endfunction()

# Sets <result> to the path of the compiler that this build does not use, or to false.
function(aldis_other_compiler result)
  set(${result} FALSE PARENT_SCOPE)
  # A plugin without instrumentation hides its synchronisation from the thread sanitizer.
  string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
  if("${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}" MATCHES "-fsanitize=thread")
    return()
  endif()

  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    find_program(ALDIS_OTHER_COMPILER NAMES clang++-14 clang++-19 clang++)
  else()
    find_program(ALDIS_OTHER_COMPILER NAMES g++-12 g++)
  endif()
  mark_as_advanced(ALDIS_OTHER_COMPILER)
  set(${result} ${ALDIS_OTHER_COMPILER} PARENT_SCOPE)
endfunction()

# Builds test/plugin/plugin.cpp as <module> with <compiler>, by a custom command, because CMake
# supports one compiler per project.
function(aldis_foreign_plugin module component visibility compiler)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/test/plugin/plugin.cpp)
  set(includes $<TARGET_PROPERTY:aldis_${component},INTERFACE_INCLUDE_DIRECTORIES>)
  add_custom_command(OUTPUT ${module}
    COMMAND ${compiler} -std=c++20 -g -O1 -fPIC -shared -fvisibility=${visibility}
      -I$<JOIN:${includes},$<SEMICOLON>-I> -MD -MF ${module}.d
      ${source} $<TARGET_FILE:aldis_${component}> -o ${module}
    DEPENDS ${source} aldis_${component}
    DEPFILE ${module}.d
    COMMAND_EXPAND_LISTS VERBATIM)
  cmake_path(GET module STEM name)
  add_custom_target(aldis_${component}_${name} ALL DEPENDS ${module})
endfunction()
