#pragma once

#include <stdbool.h>

/* Linux's numbers (include/uapi/asm-generic/errno.h), with what they mean. Functions return them
 * negated. */
/* clang-format off */
#define ERRNO_ROWS(row) \
	row(EPERM, 1, "operation not permitted") \
	row(ENOENT, 2, "no such file or directory") \
	row(ESRCH, 3, "no such thread") \
	row(EINTR, 4, "interrupted") \
	row(EIO, 5, "input or output error") \
	row(ENXIO, 6, "no such device or address") \
	row(E2BIG, 7, "too large") \
	row(ENOEXEC, 8, "not a module that can be loaded") \
	row(EBADF, 9, "not an open file") \
	row(ECHILD, 10, "no child") \
	row(EAGAIN, 11, "try again") \
	row(ENOMEM, 12, "out of memory") \
	row(EACCES, 13, "permission denied") \
	row(EFAULT, 14, "bad address") \
	row(ENOTBLK, 15, "not a block device") \
	row(EBUSY, 16, "busy") \
	row(EEXIST, 17, "exists already") \
	row(EXDEV, 18, "on another filesystem") \
	row(ENODEV, 19, "no such device") \
	row(ENOTDIR, 20, "not a directory") \
	row(EISDIR, 21, "is a directory") \
	row(EINVAL, 22, "invalid argument") \
	row(ENFILE, 23, "too many open files in the system") \
	row(EMFILE, 24, "too many open files") \
	row(ENOTTY, 25, "not a terminal") \
	row(ETXTBSY, 26, "text is busy") \
	row(EFBIG, 27, "file too large") \
	row(ENOSPC, 28, "no space left on device") \
	row(ESPIPE, 29, "cannot seek") \
	row(EROFS, 30, "read-only filesystem") \
	row(EMLINK, 31, "too many links") \
	row(EPIPE, 32, "broken pipe") \
	row(EDOM, 33, "argument out of domain") \
	row(ERANGE, 34, "out of range") \
	row(EDEADLK, 35, "would wait for itself") \
	row(ENAMETOOLONG, 36, "name too long") \
	row(ENOLCK, 37, "no locks available") \
	row(ENOSYS, 38, "not provided") \
	row(ENOTEMPTY, 39, "directory not empty") \
	row(ELOOP, 40, "goes round in a circle") \
	row(ENOMSG, 42, "no such message") \
	row(EIDRM, 43, "identifier removed") \
	row(ENODATA, 61, "no data") \
	row(ETIME, 62, "timer expired") \
	row(EPROTO, 71, "protocol error") \
	row(EBADMSG, 74, "bad message") \
	row(EOVERFLOW, 75, "value too large") \
	row(EILSEQ, 84, "invalid byte sequence") \
	row(EUSERS, 87, "too many users") \
	row(ENOTSOCK, 88, "not a socket") \
	row(EDESTADDRREQ, 89, "destination address required") \
	row(EMSGSIZE, 90, "message too long") \
	row(EPROTOTYPE, 91, "wrong protocol for socket") \
	row(ENOPROTOOPT, 92, "protocol option not available") \
	row(EPROTONOSUPPORT, 93, "protocol not supported") \
	row(EOPNOTSUPP, 95, "not supported") \
	row(EAFNOSUPPORT, 97, "address family not supported") \
	row(EADDRINUSE, 98, "address in use") \
	row(EADDRNOTAVAIL, 99, "address not available") \
	row(ENETDOWN, 100, "network is down") \
	row(ENETUNREACH, 101, "network unreachable") \
	row(ECONNABORTED, 103, "connection aborted") \
	row(ECONNRESET, 104, "connection reset") \
	row(ENOBUFS, 105, "no buffer space") \
	row(EISCONN, 106, "already connected") \
	row(ENOTCONN, 107, "not connected") \
	row(ESHUTDOWN, 108, "already shut down") \
	row(ETIMEDOUT, 110, "timed out") \
	row(ECONNREFUSED, 111, "connection refused") \
	row(EHOSTUNREACH, 113, "no route to host") \
	row(EALREADY, 114, "already under way") \
	row(EINPROGRESS, 115, "now under way") \
	row(ESTALE, 116, "stale handle") \
	row(EUCLEAN, 117, "structure needs cleaning") \
	row(EREMOTEIO, 121, "remote input or output error") \
	row(EDQUOT, 122, "quota exceeded") \
	row(ENOMEDIUM, 123, "no medium") \
	row(ECANCELED, 125, "canceled") \
	row(ENOKEY, 126, "no key") \
	row(EOWNERDEAD, 130, "owner died") \
	row(ENOTRECOVERABLE, 131, "state not recoverable")
/* clang-format on */

#define ERRNO_NUMBER(name, number, text) name = number,
enum errno_number { ERRNO_ROWS(ERRNO_NUMBER) EWOULDBLOCK = EAGAIN, ENOTSUP = EOPNOTSUPP };

/* Is this 0 or the negative of one of the above? */
bool errno_is_result(long error);
/* "EBUSY" for EBUSY and for -EBUSY; "0" for 0; "E?" for what is no errno. Never NULL. */
const char *errno_name(int error);
/* One phrase in lower case, such as "no such file or directory"; "unknown error". Never NULL. */
const char *errno_text(int error);
