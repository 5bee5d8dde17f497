/*
 * What a device is called, and whether a pattern fits it: the aliases of Linux's modules.alias.
 * Pure code. Source: Linux, Documentation/ABI/testing/sysfs-bus-pci (modalias).
 */
#include "pci_internal.h"

#include <lib/format.h>

void claim_alias(const struct pci_identity *identity, char alias[PCI_ALIAS_SIZE])
{
	format_text(alias, PCI_ALIAS_SIZE, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X",
		    identity->vendor, identity->device, identity->subsystem_vendor,
		    identity->subsystem, identity->base_class, identity->sub_class,
		    identity->interface);
}

/* On a misfit the last `*` takes one character more; no earlier one has to. */
bool claim_fits(const char *pattern, size_t length, const char *text)
{
	size_t at = 0, star = SIZE_MAX;
	const char *star_text = NULL;

	while (*text != '\0') {
		if (at < length && pattern[at] == '*') {
			star = at++;
			star_text = text;
		} else if (at < length && (pattern[at] == *text || pattern[at] == '?')) {
			at++;
			text++;
		} else if (star != SIZE_MAX) {
			at = star + 1;
			text = ++star_text;
		} else {
			return false;
		}
	}
	while (at < length && pattern[at] == '*')
		at++;
	return at == length;
}
