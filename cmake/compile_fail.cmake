# Compiles <source> twice, with <compiler> and <includes>. As it stands it must compile: a misuse
# test that rots would otherwise pass for the wrong reason. With MISUSE defined it must fail, and
# the first error must match the regular expression that the first line of the file expects.

function(compile result output)
  list(TRANSFORM includes PREPEND -I)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C
      # A discarded [[nodiscard]] is misuse too.
      ${compiler} -std=c++20 -fsyntax-only -Werror=unused-result ${includes} ${ARGN} ${source}
    RESULT_VARIABLE status ERROR_VARIABLE errors OUTPUT_QUIET)
  set(${result} ${status} PARENT_SCOPE)
  set(${output} "${errors}" PARENT_SCOPE)
endfunction()

file(STRINGS ${source} first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "${source}:1: the first line must be `// expect: <regex>`")
endif()
set(expected "${CMAKE_MATCH_1}")

compile(status errors)
if(NOT status EQUAL 0)
  message(NOTICE "${errors}")
  message(FATAL_ERROR "The valid half does not compile.")
endif()

compile(status errors -DMISUSE)
if(status EQUAL 0)
  message(FATAL_ERROR "The misuse compiles.")
endif()

string(REGEX MATCH "[^\n]*error:[^\n]*" first_error "${errors}")
if(NOT first_error MATCHES "${expected}")
  message(NOTICE "${errors}\nThe first error is\n${first_error}\nand should match\n${expected}")
  message(FATAL_ERROR "The misuse fails for another reason.")
endif()
