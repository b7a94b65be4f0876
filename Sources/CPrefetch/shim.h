#ifndef C_PREFETCH_SHIM_H
#define C_PREFETCH_SHIM_H

/* Begins to fetch a cache line and does not wait for it. */
static inline void prefetch(const void *address) { __builtin_prefetch(address); }

#endif
