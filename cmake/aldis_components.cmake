# Which components are built, and what they need.
#
# By default all of them if aldis is the top-level project, else only core. A component enables those
# that it needs. A disabled component disables those that need it, unless they are requested
# explicitly.

# aldis_component_default(<component> <default>)
#
# Not an option(): its cache entry would look like the user's choice in the next run.
macro(aldis_component_default component)
  if(NOT DEFINED ALDIS_BUILD_${component})
    set(ALDIS_BUILD_${component} FALSE)
    if(${ARGN})
      set(ALDIS_BUILD_${component} TRUE)
    endif()
  endif()
endmacro()

foreach(component IN ITEMS CORE TEMPLATES ASYNC)
  set(allowed_${component} TRUE)
  if(DEFINED ALDIS_BUILD_${component})
    set(allowed_${component} ${ALDIS_BUILD_${component}})
  endif()
endforeach()
aldis_component_default(WEB
  PROJECT_IS_TOP_LEVEL AND allowed_CORE AND allowed_TEMPLATES AND allowed_ASYNC)
aldis_component_default(ASYNC ALDIS_BUILD_WEB OR (PROJECT_IS_TOP_LEVEL AND allowed_CORE))
aldis_component_default(TEMPLATES ALDIS_BUILD_WEB OR PROJECT_IS_TOP_LEVEL)
aldis_component_default(CORE TRUE)

foreach(component IN LISTS aldis_components)
  string(TOUPPER ${component} upper)
  foreach(needed IN LISTS aldis_${component}_needs)
    string(TOUPPER ${needed} upper_needed)
    if(ALDIS_BUILD_${upper} AND NOT ALDIS_BUILD_${upper_needed})
      message(FATAL_ERROR "aldis::${component} needs aldis::${needed}, which "
        "ALDIS_BUILD_${upper_needed}=OFF leaves out: set ALDIS_BUILD_${upper}=OFF too, or neither.")
    endif()
  endforeach()
endforeach()

# All missing libraries are reported together.
set(complaints "")
set(built)
set(left_out)
foreach(component IN LISTS aldis_components)
  string(TOUPPER ${component} upper)
  if(NOT ALDIS_BUILD_${upper})
    list(APPEND left_out ${component})
    continue()
  endif()
  list(APPEND built ${component})
  aldis_find_libraries(${component} missing FOR_LINKING)
  foreach(library IN LISTS missing)
    string(APPEND complaints "\n  aldis::${component} needs ${library}, or -D ALDIS_BUILD_${upper}=OFF")
  endforeach()
endforeach()
if(ALDIS_BUILD_TESTS)
  find_package(doctest QUIET)
  if(NOT doctest_FOUND)
    string(APPEND complaints "\n  the tests need doctest (Debian: doctest-dev), or -D BUILD_TESTING=OFF")
  endif()
endif()
if(complaints)
  message(FATAL_ERROR "Something that aldis needs is missing:${complaints}")
endif()

list(JOIN built ", " built)
list(JOIN left_out ", " left_out)
if(left_out)
  set(left_out "; left out: ${left_out}")
endif()
message(STATUS "aldis ${PROJECT_VERSION}: ${built}${left_out}")
