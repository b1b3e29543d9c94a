# As Conan writes it: one package with all targets, and nothing else beside it. Only for configuring.
foreach(library IN ITEMS headers json)
  if(NOT TARGET Boost::${library})
    add_library(Boost::${library} INTERFACE IMPORTED)
  endif()
endforeach()
