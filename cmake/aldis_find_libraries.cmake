# Installed too, because aldisConfig.cmake includes it.

# The components, in an order in which each comes after those that it needs.
set(aldis_components core templates async web)
set(aldis_core_needs)
set(aldis_templates_needs)
set(aldis_async_needs core)
set(aldis_web_needs core templates async)

# aldis_find_libraries(<component> <result> [FOR_LINKING])
#
# Finds the libraries that a component needs in addition to those of the components below it. Sets
# <result> to a list of missing ones, each with its Debian package. FOR_LINKING: also those that its
# headers do not use.
function(aldis_find_libraries component result)
  cmake_parse_arguments(PARSE_ARGV 2 arg "FOR_LINKING" "" "")
  set(missing)

  if(component STREQUAL core OR component STREQUAL async)
    find_package(Threads QUIET)
    if(NOT TARGET Threads::Threads)
      list(APPEND missing "threads (Debian: libc6-dev)")
    endif()
  endif()

  # With Boost's own package files instead of CMake's FindBoost, which policy CMP0167 removes.
  if(component STREQUAL async OR component STREQUAL web)
    set(Boost_FOUND FALSE)
    find_package(Boost 1.81 QUIET CONFIG)
    if(NOT Boost_FOUND AND component STREQUAL async)
      list(APPEND missing "Boost 1.81 (Debian: libboost1.81-dev)")
    endif()
  endif()

  if(component STREQUAL web)
    # Conan has all of Boost in one package, Debian and vcpkg have one for each library.
    if(Boost_FOUND AND NOT TARGET Boost::json)
      find_package(Boost 1.81 QUIET CONFIG OPTIONAL_COMPONENTS json)
    endif()
    if(NOT TARGET Boost::json)
      find_package(boost_json 1.81 QUIET CONFIG)
    endif()
    if(NOT TARGET Boost::json)
      list(APPEND missing "Boost.JSON 1.81 (Debian: libboost-json1.81-dev)")
    endif()

    if(arg_FOR_LINKING)
      find_package(OpenSSL 3.0 QUIET)
      if(NOT OpenSSL_FOUND)
        list(APPEND missing "OpenSSL 3.0 (Debian: libssl-dev)")
      endif()
      find_package(ZLIB QUIET)
      if(NOT ZLIB_FOUND)
        list(APPEND missing "zlib (Debian: zlib1g-dev)")
      endif()
    endif()
  endif()

  set(${result} ${missing} PARENT_SCOPE)
endfunction()
