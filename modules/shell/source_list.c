/*
 * The names in a folder, from the module that knows paths. What that says is held to its bounds: a
 * name ends where its array does, and an error is a known number.
 */
#include <string.h>

#include <kernel/module.h>
#include <kernel/source.h>

#include "commands.h"

static int begin(struct call *call)
{
	struct registration *source;
	int error = -ENOSYS;

	spin_lock(&source_interface.lock);
	source = registration_nth_locked(&source_interface, 0);
	if (source && call_begin_locked(call, source, OPERATION(source, list)) == 0)
		error = 0;
	spin_unlock(&source_interface.lock);
	return error;
}

int source_list(const char *path, unsigned index, struct source_name *name)
{
	struct call call;
	int error;

	if (strlen(path) > PATH_LIMIT)
		return -ENAMETOOLONG;
	memset(name, 0, sizeof(*name));
	error = begin(&call);
	if (error)
		return error;
	error = (int)call_through(
	    &call, container_of(call.registration, struct source, registration), path, index, name);
	call_end(&call);
	name->name[NAME_LIMIT] = '\0';
	return errno_is_result(error) ? error : -EIO;
}
