// Boost.JSON itself, which Debian's package has as headers.
#include <boost/json/src.hpp>
