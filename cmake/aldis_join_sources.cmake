# aldis_join_sources(<target> <source>...)
#
# With ALDIS_JOIN_SOURCES these sources of the target become one translation unit. Most of their time
# goes into headers (Boost.Asio, those of web, the standard library), which are then read, and what
# they instantiate compiled, once: together they take a third of the time, or less. Their names at
# namespace scope must differ.
function(aldis_join_sources target)
  if(NOT ALDIS_JOIN_SOURCES OR NOT ARGN)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  list(GET ARGN 0 first)
  string(MAKE_C_IDENTIFIER "${first}" group)
  set_source_files_properties(${ARGN} PROPERTIES UNITY_GROUP ${group})
endfunction()
