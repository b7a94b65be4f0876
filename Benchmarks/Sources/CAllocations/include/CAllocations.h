#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdint.h>

/// How often this process has asked for memory so far.
uint64_t allocations_so_far(void);

#endif
