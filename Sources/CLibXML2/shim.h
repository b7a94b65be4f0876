#ifndef TCPTIMELINE_CLIBXML2_SHIM_H
#define TCPTIMELINE_CLIBXML2_SHIM_H

#include <libxml/xmlversion.h>
/* Debian's libxml2 is built with ICU; its headers would pull in the system's ICU, which clashes
   with the one inside Foundation. Nothing here needs it. */
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlsave.h>

/* xmlFree is a global variable of function type, which Swift 6 does not let code share. */
static inline void tcptimeline_xml_free(void *memory) { xmlFree(memory); }

#endif
