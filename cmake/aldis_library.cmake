include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(ALDIS_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/aldis)

# aldis_add_library(<component> HEADERS <file>... SOURCES <file>...)
#
# Defines the target aldis_<component> with the alias aldis::<component>, and its installation. The
# install component aldis-<component> has the files needed at run time, and aldis-<component>-dev
# those needed to build programs.
function(aldis_add_library component)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES")

  # Shared unless the user decides: core's records must exist once per process, plugins included.
  # Not an option(): its cache entry would change the default of a project that contains this one.
  if(NOT DEFINED BUILD_SHARED_LIBS)
    set(BUILD_SHARED_LIBS ON)
  endif()

  set(target aldis_${component})
  add_library(${target} ${arg_SOURCES})
  add_library(aldis::${component} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${component}
    VERSION ${PROJECT_VERSION}
    # Before 1.0 a minor version may break its users.
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)

  set(runtime aldis-${component})
  set(development aldis-${component}-dev)
  install(TARGETS ${target} EXPORT aldis-${component}
    LIBRARY COMPONENT ${runtime} NAMELINK_COMPONENT ${development}
    RUNTIME COMPONENT ${runtime}
    ARCHIVE COMPONENT ${development}
    FILE_SET HEADERS COMPONENT ${development})
  install(EXPORT aldis-${component} NAMESPACE aldis:: DESTINATION ${ALDIS_PACKAGE_DIR}
    COMPONENT ${development})

  # Relative to the .pc file, so that `cmake --install --prefix` can still choose another folder.
  set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  file(RELATIVE_PATH pc_to_prefix /${pc_dir} /)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/aldis-${component}.pc.in aldis-${component}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/aldis-${component}.pc DESTINATION ${pc_dir}
    COMPONENT ${development})
endfunction()

# The common files of the components: those for find_package(aldis), which each
# aldis-<component>-dev needs, and the licence. They are the install component aldis-common-dev.
function(aldis_install_package)
  # A shared library brings its private dependencies; with a static one, the program links them.
  set(for_linking)
  foreach(component IN ITEMS core templates async web)
    if(TARGET aldis_${component})
      get_target_property(type aldis_${component} TYPE)
      if(type STREQUAL STATIC_LIBRARY)
        set(for_linking FOR_LINKING)
      endif()
    endif()
  endforeach()
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/aldisConfig.cmake.in aldisConfig.cmake
    INSTALL_DESTINATION ${ALDIS_PACKAGE_DIR} NO_SET_AND_CHECK_MACRO)
  write_basic_package_version_file(aldisConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/aldisConfig.cmake ${PROJECT_BINARY_DIR}/aldisConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/cmake/aldis_find_libraries.cmake
    DESTINATION ${ALDIS_PACKAGE_DIR} COMPONENT aldis-common-dev)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}
    COMPONENT aldis-common-dev)
endfunction()
