# Like Conan's: a single package with all targets. Only for configuring.
foreach(library IN ITEMS headers json)
  if(NOT TARGET Boost::${library})
    add_library(Boost::${library} INTERFACE IMPORTED)
  endif()
endforeach()
