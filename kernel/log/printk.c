/*
 * printk: one call, one record in the ring, from any context. The one rule: storing a record never
 * waits, so that an NMI or a panic may log while this very CPU is inside printk.
 *
 * Which CPU sends: until a listener takes over, each printk tries to become the sender of all that
 * is unsent. One that finds a sender at work leaves its record to it: the sender looks again after
 * it has let go, so nothing stays behind (unlock, then look; store, then try the lock).
 */
#include <kernel/printk.h>

#include <string.h>

#include <lib/log_ring.h>

#include <kernel/time.h>

#include <arch/control.h>

#include <log/log.h>
#include <log/uart.h>

#define RING_SLOTS 512
#define LEVEL_DEFAULT 6
#define SECOND_US 1000000ul

static struct log_slot slots[RING_SLOTS];
static struct log_ring ring = {.slots = slots, .count = RING_SLOTS};

static void (*listener)(void); /* [A] NULL: printk sends */
static uint64_t sent;	       /* [L] the first record that COM1 has not been sent; L: sending */
/* [A] 1: a CPU is the sender, or moves @sent for the listener's side. That CPU alone writes @sent
 * and @listener, and a panic, in which the other CPUs stand still. */
static uint32_t sending;

bool log_read(uint64_t *cursor, struct log_record *record)
{
	return log_ring_read(&ring, cursor, record);
}

uint64_t log_end(void)
{
	return __atomic_load_n(&ring.next, __ATOMIC_RELAXED);
}

/* Control characters become visible. */
static void store(unsigned level, const char *text, size_t length)
{
	char line[LOG_RECORD_MAX];
	size_t used = escape_text(line, sizeof(line), text, length);

	log_ring_write(&ring, time_now(), level, line, min(used, sizeof(line) - 1));
}

/* `[SECONDS.MICROSECONDS] text` and a line break. */
static void send_record(const struct log_record *record)
{
	char stamp[40];
	uint64_t us = record->time / TIME_US;
	int length =
	    format_text(stamp, sizeof(stamp), "[%lu.%06lu] ", us / SECOND_US, us % SECOND_US);

	uart_write(stamp, (size_t)length);
	uart_write(record->text, record->length);
	uart_write("\r\n", 2);
}

static bool unsent(void)
{
	struct log_record record;
	uint64_t cursor = __atomic_load_n(&sent, __ATOMIC_RELAXED);

	return log_read(&cursor, &record);
}

static bool is_ours(void)
{
	return !__atomic_load_n(&listener, __ATOMIC_ACQUIRE);
}

/* @anyway: in the place of the listener's side. */
static void send_all(bool anyway)
{
	struct log_record record;

	do {
		uint64_t flags = irq_save();
		bool busy = __atomic_exchange_n(&sending, 1, __ATOMIC_ACQUIRE);

		if (!busy) {
			while ((anyway || is_ours()) && log_read(&sent, &record))
				send_record(&record);
			__atomic_store_n(&sending, 0, __ATOMIC_SEQ_CST); /* before the look */
		}
		irq_restore(flags);
		if (busy)
			return;
	} while (is_ours() && unsent());
}

void log_send_now(void)
{
	if (unsent()) {
		uart_write("\r\n", 2); /* below the line that is being typed */
		send_all(true);
	}
}

static const char *take_level(const char *text, unsigned *level)
{
	if (text[0] != KERN_SOH[0] || text[1] < '0' || text[1] > '7')
		return text;
	*level = (unsigned)(text[1] - '0');
	return text + 2;
}

int vprintk(const char *format, va_list arguments)
{
	char buffer[LOG_RECORD_MAX];
	int length = format_text_v(buffer, sizeof(buffer), format, arguments);
	unsigned level = LEVEL_DEFAULT;
	const char *line = take_level(buffer, &level);
	const char *end;
	void (*listening)(void);

	do {
		end = strchr(line, '\n');
		store(level, line, end ? (size_t)(end - line) : strlen(line));
		line = end + 1;
	} while (end && *line);

	listening = __atomic_load_n(&listener, __ATOMIC_ACQUIRE);
	if (!listening)
		send_all(false);
	else
		listening(); /* bare: the bus's, sets a flag */
	return length;
}

int printk(const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vprintk(format, arguments);
	va_end(arguments);
	return length;
}

void log_set_listener(void (*function)(void))
{
	uint64_t flags = irq_save();

	while (__atomic_exchange_n(&sending, 1, __ATOMIC_ACQUIRE))
		cpu_pause();
	if (!function)
		uart_write("\r\n", 2); /* the listener's side may have left a line unfinished */
	__atomic_store_n(&listener, function, __ATOMIC_RELEASE);
	__atomic_store_n(&sending, 0, __ATOMIC_SEQ_CST);
	irq_restore(flags);
}

uint64_t log_sent(void)
{
	return READ_ONCE(sent);
}

/* A thread that was in the reader's code when that failed may come here late, when printk sends: it
 * moves nothing, but a record may be left to it as to a sender. */
void log_set_sent(uint64_t cursor)
{
	uint64_t flags = irq_save();

	if (!__atomic_exchange_n(&sending, 1, __ATOMIC_ACQUIRE)) {
		if (listener)
			WRITE_ONCE(sent, max(sent, min(cursor, log_end())));
		__atomic_store_n(&sending, 0, __ATOMIC_SEQ_CST); /* before the look */
	}
	irq_restore(flags);
	if (is_ours() && unsent())
		send_all(false);
}

/* The other CPUs stand still, perhaps in the middle of sending: a line is broken off then. */
void log_enter_panic(void)
{
	listener = NULL;
	sending = 0;
	uart_init();
	uart_write("\r\n", 2);
	send_all(false);
}

void log_panic_line(const char *text, size_t length)
{
	uart_write(text, length);
	uart_write("\r\n", 2);
	store(0, text, length);
}
