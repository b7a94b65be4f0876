// What a build knows of itself: `make` writes stamp.h, a plain `swift build` has none.
#if __has_include("stamp.h")
#include "stamp.h"
#else
#define TCPTIMELINE_COMMIT ""
#define TCPTIMELINE_DATE ""
#endif
