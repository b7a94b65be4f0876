// Swift's Foundation brings ICU's tables of languages, calendars and encodings, 30 MB that this program
// never looks into: what it writes is the same everywhere. These empty ones keep them out; who asks ICU for
// one is told that it is missing.
//
// The layout is that of ICU's data files (unicode/udata.h and ucmndata.h): a header, and a table of contents
// with nothing in it. The linker is told that ICU's name for them, which says their version, means these.
#include <stdint.h>

const struct {
  uint16_t headerSize;
  uint8_t magic[2];
  uint16_t infoSize;
  uint16_t reserved;
  uint8_t isBigEndian, charsetFamily, sizeOfUChar, reservedByte;
  uint8_t dataFormat[4], formatVersion[4], dataVersion[4];
  uint8_t padding[8];
  uint32_t count;
  uint32_t reservedCount;
} __attribute__((aligned(16))) no_icu_data = {
    .headerSize = 32,
    .magic = {0xDA, 0x27},
    .infoSize = 20,
    .isBigEndian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
    .sizeOfUChar = 2,
    .dataFormat = {'C', 'm', 'n', 'D'},
    .formatVersion = {1},
};
