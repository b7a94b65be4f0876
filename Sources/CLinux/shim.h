#ifndef C_LINUX_SHIM_H
#define C_LINUX_SHIM_H

#include <sys/types.h>

/* What the Glibc module leaves out. Looked up by name while it runs (dlsym) they would not be found in a
   program that is linked whole. */
extern int memfd_create(const char *name, unsigned int flags);
extern ssize_t tee(int from, int to, size_t length, unsigned int flags);

#endif
