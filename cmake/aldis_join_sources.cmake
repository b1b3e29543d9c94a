# aldis_join_sources(<target> <source>...)
#
# With ALDIS_JOIN_SOURCES, these sources of the target become one translation unit. Most of their time
# is spent on headers (Boost.Asio, those of web, the standard library), which are then parsed and
# instantiated once: together they take at most a third of the time. Names at namespace scope must
# differ.
function(aldis_join_sources target)
  if(NOT ALDIS_JOIN_SOURCES OR NOT ARGN)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  list(GET ARGN 0 first)
  string(MAKE_C_IDENTIFIER "${first}" group)
  set_source_files_properties(${ARGN} PROPERTIES UNITY_GROUP ${group})
endfunction()
