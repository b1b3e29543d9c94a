# The tests of misuse; see aldis_compile_fail_tests. Each source must compile unchanged, because an
# outdated one would fail for the wrong reason. With MISUSE defined it must fail, and the first error
# must match the regular expression that the first line of the file expects. If several lines expect
# something, MISUSE is 1 for the first of them, 2 for the second and so on.
#
# -Dcheck=misuse: <source> with MISUSE.
# -Dcheck=valid: <sources> unchanged, in one translation unit, each in a separate namespace, so that
#   their headers are parsed once. <unit> is the file to write.

function(compile source result output)
  list(TRANSFORM includes PREPEND -I)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C
      # A discarded [[nodiscard]] is misuse too.
      ${compiler} -std=c++20 -fsyntax-only -Werror=unused-result ${includes} ${ARGN} ${source}
    RESULT_VARIABLE status ERROR_VARIABLE errors OUTPUT_QUIET)
  set(${result} ${status} PARENT_SCOPE)
  set(${output} "${errors}" PARENT_SCOPE)
endfunction()

function(check_valid)
  set(headers)
  set(cases)
  foreach(source IN LISTS sources)
    file(STRINGS ${source} included REGEX "^#include <")
    list(APPEND headers ${included})
    cmake_path(GET source STEM name)
    # A specialization of one of aldis's templates must not be in another namespace.
    file(STRINGS ${source} specialisations REGEX "^struct aldis::")
    if(specialisations)
      string(APPEND cases "#include \"${source}\"\n")
    else()
      string(APPEND cases "namespace misuse_${name} {\n#include \"${source}\"\n}\n")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES headers)
  list(JOIN headers "\n" headers)
  file(WRITE ${unit} "${headers}\n${cases}")

  compile(${unit} status errors)
  if(NOT status EQUAL 0)
    message(NOTICE "${errors}")
    message(FATAL_ERROR "A valid half does not compile.")
  endif()
endfunction()

function(check_misuse)
  file(STRINGS ${source} first_line LIMIT_COUNT 1)
  if(NOT first_line MATCHES "^// expect: .")
    message(FATAL_ERROR "${source}:1: the first line must be `// expect: <regex>`")
  endif()
  file(STRINGS ${source} expectations REGEX "^// expect: ")

  set(number 0)
  foreach(line IN LISTS expectations)
    math(EXPR number "${number} + 1")
    string(REGEX REPLACE "^// expect: " "" expected "${line}")
    compile(${source} status errors -DMISUSE=${number} -Wfatal-errors)
    if(status EQUAL 0)
      message(FATAL_ERROR "Misuse ${number} compiles.")
    endif()

    string(REGEX MATCH "[^\n]*error:[^\n]*" first_error "${errors}")
    if(NOT first_error MATCHES "${expected}")
      message(NOTICE "${errors}\nThe first error is\n${first_error}\nand should match\n${expected}")
      message(FATAL_ERROR "Misuse ${number} fails for another reason.")
    endif()
  endforeach()
endfunction()

if(check STREQUAL valid)
  check_valid()
else()
  check_misuse()
endif()
