/*
 * What is looked at before an entry or an interface is booked: its owner, the code that registers
 * it, its name, its callbacks, and where all that lies that the kernel keeps. Reading what a module
 * hands over may fault, so each pointer is looked at before it is followed, all of it before a lock
 * is taken. Each refusal is one line in the log that says what to change.
 */
#include <kernel/bus.h>

#include <string.h>

#include <mm/admission.h>
#include <bus/blame.h>

#include "bus_internal.h"

#define TEXT_LONGEST 1023 /* usage, help, details */

/* Is there a fault? Then the log says of what. @kind: of registration, an interface's name. */
static bool told(const struct owner *owner, const char *kind, const char *what, const char *fault)
{
	if (fault)
		printk(KERN_ERR "%s: %pE: %pE is %s\n", owner->name, kind, what, fault);
	return fault != NULL;
}

/* A tail call leaves no address of its own: then it is the module whose callback runs. */
const struct owner *calling_owner(const void *caller)
{
	const struct module *module = blame_module((uint64_t)caller);

	return module ? owner_of(module) : &kernel_owner;
}

bool owner_lets(const struct owner *owner, const void *caller)
{
	const struct owner *by = calling_owner(caller);

	return by == owner || by == &kernel_owner || owner_depends_on(owner, by);
}

const char *callback_fault(const struct owner *owner, const void *callback)
{
	if (!callback || owner_reaches(owner, OWNER_TEXT, callback))
		return NULL;
	return owner_has(owner, OWNER_INIT_TEXT, (uint64_t)callback)
		   ? "in init text, which is freed after init: take __init off"
		   : "outside the text of its owner and of what that depends on";
}

/* Of the table, which may be read. An entry of the kernel's may leave out operations that are not
 * reached. */
static bool callback_told(const struct registration *wanted, const struct owner *owner)
{
	const struct interface *interface = wanted->interface;
	bool any = interface->operation_count == 0 || interface->flags & INTERFACE_PASSIVE;

	for (unsigned i = 0; owner != &kernel_owner && i < interface->operation_count; i++) {
		const void *callback = wanted->operations ? wanted->operations[i] : NULL;
		const char *fault = callback_fault(owner, callback);

		any = any || callback;
		if (!callback && interface->required >> i & 1)
			fault = "missing";
		if (told(owner, interface->name, interface->operations[i], fault))
			return true;
	}
	return owner != &kernel_owner && !any &&
	       told(owner, interface->name, "each operation",
		    "missing, so it could never be called");
}

/* Of the texts that an entry keeps beside its name. */
static bool text_told(const char *entry, const struct interface *interface,
		      const struct owner *owner)
{
	for (size_t i = 0; i < ARRAY_SIZE(interface->texts) && interface->texts[i].what; i++) {
		const struct entry_text *text = &interface->texts[i];
		const char *at = *(const char *const *)(entry + text->offset);

		if (at && told(owner, interface->name, text->what,
			       kept_text_fault(owner, at, TEXT_LONGEST)))
			return true;
	}
	return false;
}

/* Such names can be given to the shell as they are, without quotes, and are no paths. */
static bool can_be_typed(const char *name)
{
	for (const char *at = name; *at; at++)
		if (*at <= ' ' || *at >= 0x7f || strchr("/\\\"'`;&|<>(){}#$*?~", *at))
			return false;
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static const char *name_fault(const struct owner *owner, const char *name, unsigned flags)
{
	const char *fault = kept_text_fault(owner, name, NAME_LONGEST);

	if (!fault && !*name)
		fault = "empty";
	if (!fault && flags & INTERFACE_TYPED && owner != &kernel_owner && !can_be_typed(name))
		fault = "not one that can be typed: use letters, digits, and . _ - +";
	return fault;
}

static const struct owner *checked_owner(const struct module *module)
{
	if (owner_row_valid(module))
		return owner_of(module);
	printk(KERN_ERR "bus: registering: the owner given is not a module\n");
	return NULL;
}

int entry_check(const struct registration *registration, const struct registration *wanted,
		const void *caller)
{
	const struct interface *interface = wanted->interface;
	const struct owner *owner = checked_owner(wanted->owner);
	const char *entry;
	size_t table;

	if (!owner || told(owner, "registering", "the interface",
			   kept_fault(owner, interface, sizeof(*interface))))
		return -EINVAL;
	if (told(owner, "registering", "the interface",
		 READ_ONCE(interface->owner) ? NULL : "not registered itself"))
		return -ENODEV;
	if (told(owner, interface->name, "the entry",
		 owner_lets(owner, caller)
		     ? NULL
		     : "registered by code that is neither its owner nor used by it"))
		return -EPERM;
	entry = (const char *)registration - interface->entry_before;
	table = wanted->operations ? interface->operation_count * sizeof(void *) : 0;
	if (!booking_admit(wanted->owner, wanted->place, "an entry", caller) ||
	    told(owner, interface->name, "the name",
		 name_fault(owner, wanted->name, interface->flags)) ||
	    told(owner, interface->name, "the operations table",
		 kept_fault(owner, wanted->operations, table)) ||
	    told(owner, interface->name, "the entry",
		 kept_fault(owner, entry, max(interface->entry_size, sizeof(*registration)))) ||
	    callback_told(wanted, owner) || text_told(entry, interface, owner))
		return -EINVAL;
	return 0;
}

int interface_check(const struct interface *interface, const struct module *module,
		    const struct source_location *place, const void *caller)
{
	const struct owner *owner = checked_owner(module);

	if (!owner || !booking_admit(module, place, "an interface", caller) ||
	    told(owner, "interface", "the structure",
		 kept_fault(owner, interface, sizeof(*interface))) ||
	    told(owner, "interface", "the name",
		 kept_text_fault(owner, interface->name, NAME_LONGEST)) ||
	    told(owner, "interface", interface->name,
		 interface->owner ? "registered already" : NULL) ||
	    told(owner, interface->name, "the operations table",
		 kept_fault(owner, interface->operations,
			    interface->operation_count * sizeof(void *))) ||
	    told(owner, interface->name, "entering", callback_fault(owner, interface->entering)) ||
	    told(owner, interface->name, "changed", callback_fault(owner, interface->changed)) ||
	    told(owner, interface->name, "left", callback_fault(owner, interface->left)))
		return -EINVAL;
	return 0;
}
