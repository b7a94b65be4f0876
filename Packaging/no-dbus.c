// Where libpcap was built to capture from the D-Bus too: this program opens no device, and needs
// nothing of the bus for a filter's expression.
#include <stddef.h>

struct pcap;
struct pcap_if_list;

int dbus_findalldevs(struct pcap_if_list *devices, char *message) { return 0; }

struct pcap *dbus_create(const char *device, char *message, int *isOurs) {
  *isOurs = 0;
  return NULL;
}
