/*
 * The names of entries, in two hash tables. The open table has the entries that a caller may find
 * by name, and is read without a lock. The hidden table has the others: those of an owner without
 * callers (loading, or drained), and those of a bare interface, in which no call begins. Both are
 * changed with names_lock held, or with the machine stopped, and an entry is in one of them from
 * its insertion until it is closed.
 *
 * A look-up and the get that follows it are one section with preemption off, so a stop waits for
 * both: it is the grace period. An entry that is taken out keeps its link to the next one, and its
 * memory is not given back before a stop has come. registration.c makes that stop after closing
 * (wait_until_left). It makes none for a drained owner, whose entries are not in the open table:
 * the stop that drained the owner took them out, and what comes in later is hidden.
 */
#include <string.h>

#include <arch/hash_key.h>
#include <bus/bus.h>

#include "bus_internal.h"
#include "callback.h"

#define BUCKETS 1024u

enum table { OPEN, HIDDEN, TABLES };

static DEFINE_SPINLOCK(names_lock);
/* [L] each list oldest first; look-ups read the links to the next of the open ones */
static struct list_node names[TABLES][BUCKETS];

void bus_init(void)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		list_init(&names[OPEN][i]);
		list_init(&names[HIDDEN][i]);
	}
}

/* Of a name in an interface: each interface has its own names. */
static uint32_t hash_of(const struct interface *interface, const char *name)
{
	return hash_text(&hash_key, name) ^ (uint32_t)((uint64_t)interface / sizeof(*interface));
}

static struct list_node *bucket_of(const struct registration *registration)
{
	bool hidden = owner_of(registration->owner)->flags & OWNER_DRAINED ||
		      registration->interface->flags & INTERFACE_BARE;

	return &names[hidden ? HIDDEN : OPEN][registration->name_hash % BUCKETS];
}

/* A look-up that stands on the node goes on to the next one. Without a previous node it is out. */
static void unlink(struct list_node *node)
{
	node->next->previous = node->previous;
	WRITE_ONCE(node->previous->next, node->next);
	node->previous = NULL;
}

void names_add(struct registration *registration)
{
	registration->name_hash = hash_of(registration->interface, registration->name);
	spin_lock(&names_lock);
	list_add_last(bucket_of(registration), &registration->in_names);
	spin_unlock(&names_lock);
}

void names_remove(struct registration *registration)
{
	spin_lock(&names_lock);
	if (registration->in_names.previous)
		unlink(&registration->in_names);
	spin_unlock(&names_lock);
}

static int move_all(void *whose)
{
	const struct owner *owner = whose;
	struct registration *registration;

	list_for_each(registration, &owner->registrations, in_owner) {
		if (!registration->in_names.previous)
			continue;
		unlink(&registration->in_names);
		list_add_last(bucket_of(registration), &registration->in_names);
	}
	return 0;
}

void names_move_stopped(struct owner *owner)
{
	callback_at(owner, move_all, owner);
}

static struct registration *find_in(enum table table, const struct interface *interface,
				    const char *name, const struct registration *after)
{
	uint32_t hash = hash_of(interface, name);
	const struct list_node *head = &names[table][hash % BUCKETS];
	const struct list_node *node = after ? &after->in_names : head;

	while ((node = READ_ONCE(node->next)) != head) {
		struct registration *entry = list_entry(node, struct registration, in_names);

		if (entry->name_hash == hash && entry->interface == interface &&
		    strcmp(entry->name, name) == 0)
			return entry;
	}
	return NULL;
}

struct registration *names_find(const struct interface *interface, const char *name,
				const struct registration *after)
{
	return find_in(OPEN, interface, name, after);
}

/* It is in no table, and may be opened again. Few removals meet an insertion. */
static const struct registration *closed_rival(const struct interface *interface, const char *name)
{
	const struct registration *entry;

	list_for_each(entry, &interface->registrations, in_interface)
		if (entry->state == REGISTRATION_CLOSED && strcmp(entry->name, name) == 0 &&
		    entry->owner->state != MODULE_FAILED)
			return entry;
	return NULL;
}

const struct registration *names_rival(const struct interface *interface, const char *name)
{
	const struct registration *entry = NULL;

	spin_lock(&names_lock);
	for (enum table table = 0; table < TABLES && !entry; table++)
		while ((entry = find_in(table, interface, name, entry)) != NULL &&
		       entry->owner->state == MODULE_FAILED) {
		}
	spin_unlock(&names_lock);
	return entry || interface->closed == 0 ? entry : closed_rival(interface, name);
}
