/*
 * The names and phrases of errors: one table, indexed by number. Its one rule: a number without a
 * row, and any other int, gets an answer too.
 */
#include <lib/errno.h>

#include <stddef.h>

struct errno_entry {
	const char *name, *text;
};

#define ENTRY(number, phrase) [number] = {#number, phrase}

/* clang-format off */
static const struct errno_entry entries[] = {
	[0] = {"0", "success"},
	ENTRY(EPERM, "operation not permitted"),
	ENTRY(ENOENT, "no such file or directory"),
	ENTRY(ESRCH, "no such thread"),
	ENTRY(EINTR, "interrupted"),
	ENTRY(EIO, "input or output error"),
	ENTRY(ENXIO, "no such device or address"),
	ENTRY(E2BIG, "too large"),
	ENTRY(ENOEXEC, "not a module that can be loaded"),
	ENTRY(EBADF, "not an open file"),
	ENTRY(ECHILD, "no child"),
	ENTRY(EAGAIN, "try again"),
	ENTRY(ENOMEM, "out of memory"),
	ENTRY(EACCES, "permission denied"),
	ENTRY(EFAULT, "bad address"),
	ENTRY(ENOTBLK, "not a block device"),
	ENTRY(EBUSY, "busy"),
	ENTRY(EEXIST, "exists already"),
	ENTRY(EXDEV, "on another filesystem"),
	ENTRY(ENODEV, "no such device"),
	ENTRY(ENOTDIR, "not a directory"),
	ENTRY(EISDIR, "is a directory"),
	ENTRY(EINVAL, "invalid argument"),
	ENTRY(ENFILE, "too many open files in the system"),
	ENTRY(EMFILE, "too many open files"),
	ENTRY(ENOTTY, "not a terminal"),
	ENTRY(ETXTBSY, "text is busy"),
	ENTRY(EFBIG, "file too large"),
	ENTRY(ENOSPC, "no space left on device"),
	ENTRY(ESPIPE, "cannot seek"),
	ENTRY(EROFS, "read-only filesystem"),
	ENTRY(EMLINK, "too many links"),
	ENTRY(EPIPE, "broken pipe"),
	ENTRY(EDOM, "argument out of domain"),
	ENTRY(ERANGE, "out of range"),
	ENTRY(EDEADLK, "would wait for itself"),
	ENTRY(ENAMETOOLONG, "name too long"),
	ENTRY(ENOLCK, "no locks available"),
	ENTRY(ENOSYS, "not provided"),
	ENTRY(ENOTEMPTY, "directory not empty"),
	ENTRY(ELOOP, "goes round in a circle"),
	ENTRY(ENOMSG, "no such message"),
	ENTRY(EIDRM, "identifier removed"),
	ENTRY(ENODATA, "no data"),
	ENTRY(ETIME, "timer expired"),
	ENTRY(EPROTO, "protocol error"),
	ENTRY(EBADMSG, "bad message"),
	ENTRY(EOVERFLOW, "value too large"),
	ENTRY(EILSEQ, "invalid byte sequence"),
	ENTRY(EUSERS, "too many users"),
	ENTRY(ENOTSOCK, "not a socket"),
	ENTRY(EDESTADDRREQ, "destination address required"),
	ENTRY(EMSGSIZE, "message too long"),
	ENTRY(EPROTOTYPE, "wrong protocol for socket"),
	ENTRY(ENOPROTOOPT, "protocol option not available"),
	ENTRY(EPROTONOSUPPORT, "protocol not supported"),
	ENTRY(EOPNOTSUPP, "not supported"),
	ENTRY(EAFNOSUPPORT, "address family not supported"),
	ENTRY(EADDRINUSE, "address in use"),
	ENTRY(EADDRNOTAVAIL, "address not available"),
	ENTRY(ENETDOWN, "network is down"),
	ENTRY(ENETUNREACH, "network unreachable"),
	ENTRY(ECONNABORTED, "connection aborted"),
	ENTRY(ECONNRESET, "connection reset"),
	ENTRY(ENOBUFS, "no buffer space"),
	ENTRY(EISCONN, "already connected"),
	ENTRY(ENOTCONN, "not connected"),
	ENTRY(ESHUTDOWN, "already shut down"),
	ENTRY(ETIMEDOUT, "timed out"),
	ENTRY(ECONNREFUSED, "connection refused"),
	ENTRY(EHOSTUNREACH, "no route to host"),
	ENTRY(EALREADY, "already under way"),
	ENTRY(EINPROGRESS, "now under way"),
	ENTRY(ESTALE, "stale handle"),
	ENTRY(EUCLEAN, "structure needs cleaning"),
	ENTRY(EREMOTEIO, "remote input or output error"),
	ENTRY(EDQUOT, "quota exceeded"),
	ENTRY(ENOMEDIUM, "no medium"),
	ENTRY(ECANCELED, "canceled"),
	ENTRY(ENOKEY, "no key"),
	ENTRY(EOWNERDEAD, "owner died"),
	ENTRY(ENOTRECOVERABLE, "state not recoverable"),
};
/* clang-format on */

static const struct errno_entry *errno_find(int error)
{
	static const struct errno_entry unknown = {"E?", "unknown error"};
	unsigned number = error < 0 ? 0u - (unsigned)error : (unsigned)error;

	if (number >= sizeof(entries) / sizeof(entries[0]) || !entries[number].name)
		return &unknown;
	return &entries[number];
}

bool errno_is_result(int error)
{
	return error <= 0 && errno_find(error)->name[1] != '?';
}

const char *errno_name(int error)
{
	return errno_find(error)->name;
}

const char *errno_text(int error)
{
	return errno_find(error)->text;
}
