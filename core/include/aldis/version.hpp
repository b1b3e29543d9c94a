#pragma once

// The one place where the version is written: CMake and packaging read these three lines.
#define ALDIS_VERSION_MAJOR 0
#define ALDIS_VERSION_MINOR 1
#define ALDIS_VERSION_PATCH 0
