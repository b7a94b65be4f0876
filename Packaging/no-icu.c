// Where libxml2 was built with ICU: converters that are never there. Only UTF-8 is written, which
// libxml2 has of its own, and ICU's tables weigh 28 MB.
#if __has_include(<unicode/ucnv.h>)
#include <unicode/ucnv.h>

UConverter *ucnv_open(const char *name, UErrorCode *status) {
  *status = U_FILE_ACCESS_ERROR;
  return 0;
}

void ucnv_close(UConverter *converter) {}

void ucnv_convertEx(UConverter *to, UConverter *from, char **target, const char *targetLimit,
                    const char **source, const char *sourceLimit, UChar *pivotStart,
                    UChar **pivotSource, UChar **pivotTarget, const UChar *pivotLimit,
                    UBool reset, UBool flush, UErrorCode *status) {
  *status = U_UNSUPPORTED_ERROR;
}

void ucnv_setFromUCallBack(UConverter *converter, UConverterFromUCallback action,
                           const void *context, UConverterFromUCallback *oldAction,
                           const void **oldContext, UErrorCode *status) {}

void ucnv_setToUCallBack(UConverter *converter, UConverterToUCallback action, const void *context,
                         UConverterToUCallback *oldAction, const void **oldContext,
                         UErrorCode *status) {}

void UCNV_FROM_U_CALLBACK_STOP(const void *context, UConverterFromUnicodeArgs *arguments,
                               const UChar *units, int32_t length, UChar32 point,
                               UConverterCallbackReason reason, UErrorCode *status) {}

void UCNV_TO_U_CALLBACK_STOP(const void *context, UConverterToUnicodeArgs *arguments,
                             const char *units, int32_t length, UConverterCallbackReason reason,
                             UErrorCode *status) {}
#endif
