/*
 * The screen's terminal. What is written changes a shadow of cells in memory, under a lock, and
 * costs no more than that; a thread of low priority paints the cells that differ from what it
 * painted last, at most 30 times a second. So no thread that prints ever waits for the screen.
 */
#include <string.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/terminal.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#include "screen.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("The screen: VGA text, or a linear framebuffer");
MODULE_VERSION("1.0");

#define FRAME (TIME_SECOND / 30)
#define ATTRIBUTE_NORMAL 0x07
#define BLANK(attribute) ((uint16_t)((attribute) << 8 | ' '))
#define TAB_STOP 8
#define PARAMETERS 4

static struct screen screen;	/* [I] after init */
static struct boot_screen boot; /* [I] likewise */
static DEFINE_MUTEX(shadow_lock);
static uint16_t *shadow;	    /* [L] what shall be seen */
static uint16_t *painted;	    /* the painter's: what is seen */
static unsigned cursor_x, cursor_y; /* [L] */
static uint8_t attribute = ATTRIBUTE_NORMAL;
static uint64_t changes; /* [L] grows with every write */
static DEFINE_WAIT_QUEUE(changed);
static struct thread *painter;

/* The escape sequence under way: ESC, then '[', numbers, and one letter that ends it. */
static struct {
	enum { PLAIN, ESCAPE, BRACKET } state;
	unsigned parameters[PARAMETERS];
	unsigned count;
} sequence; /* [L] */

static void blank(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		shadow[i] = BLANK(attribute);
}

static void line_feed(void)
{
	unsigned last = (screen.rows - 1) * screen.columns;

	if (++cursor_y < screen.rows)
		return;
	cursor_y = screen.rows - 1;
	memmove(shadow, shadow + screen.columns, last * sizeof(*shadow));
	blank(last, last + screen.columns);
}

static void put_character(char character)
{
	if (cursor_x == screen.columns) {
		cursor_x = 0;
		line_feed();
	}
	shadow[cursor_y * screen.columns + cursor_x++] =
	    (uint16_t)(attribute << 8 | (uint8_t)character);
}

/* From the first column to the last of the row above: a typed line may take several rows. */
static void step_back(void)
{
	if (cursor_x > 0) {
		cursor_x--;
	} else if (cursor_y > 0) {
		cursor_y--;
		cursor_x = screen.columns - 1;
	}
}

static void control_character(char character)
{
	switch (character) {
	case '\n':
		line_feed();
		break;
	case '\r':
		cursor_x = 0;
		break;
	case '\b':
		step_back();
		break;
	case '\t':
		do
			put_character(' ');
		while (cursor_x % TAB_STOP != 0 && cursor_x < screen.columns);
		break;
	case '\033':
		memset(&sequence, 0, sizeof(sequence));
		sequence.state = ESCAPE;
		break;
	default:
		break; /* bell and the rest are not shown */
	}
}

/* ANSI colours count red from bit 0, the VGA from bit 2. */
static uint8_t vga_colour(unsigned ansi)
{
	return (uint8_t)((ansi & 1) << 2 | (ansi & 2) | (ansi & 4) >> 2);
}

static void select_rendition(unsigned value)
{
	if (value == 0)
		attribute = ATTRIBUTE_NORMAL;
	else if (value == 1)
		attribute |= 0x08;
	else if (value >= 30 && value <= 37)
		attribute = (uint8_t)((attribute & 0xf8) | vga_colour(value - 30));
	else if (value >= 40 && value <= 47)
		attribute = (uint8_t)((attribute & 0x8f) | vga_colour(value - 40) << 4);
}

/* ECMA-48: CUP, ED, EL and SGR, and the four cursor moves. */
static void end_sequence(char letter)
{
	unsigned first = sequence.parameters[0], steps = max(first, 1u);
	unsigned here = cursor_y * screen.columns + min(cursor_x, screen.columns - 1);

	switch (letter) {
	case 'A':
		cursor_y -= min(steps, cursor_y);
		break;
	case 'B':
		cursor_y = min(cursor_y + steps, screen.rows - 1);
		break;
	case 'C':
		cursor_x = min(cursor_x + steps, screen.columns - 1);
		break;
	case 'D':
		cursor_x -= min(steps, cursor_x);
		break;
	case 'H':
		cursor_y = min(max(first, 1u), screen.rows) - 1;
		cursor_x = min(max(sequence.parameters[1], 1u), screen.columns) - 1;
		break;
	case 'J':
		blank(first == 2 ? 0 : here, screen.rows * screen.columns);
		break;
	case 'K':
		blank(here, (cursor_y + 1) * screen.columns);
		break;
	case 'm':
		for (unsigned i = 0; i <= sequence.count && i < PARAMETERS; i++)
			select_rendition(sequence.parameters[i]);
		break;
	default:
		break;
	}
}

static void sequence_byte(char byte)
{
	if (sequence.state == ESCAPE) {
		sequence.state = byte == '[' ? BRACKET : PLAIN;
	} else if (byte >= '0' && byte <= '9') {
		unsigned *parameter = &sequence.parameters[min(sequence.count, PARAMETERS - 1u)];

		*parameter = min(*parameter * 10 + (unsigned)(byte - '0'), 9999u);
	} else if (byte == ';') {
		sequence.count++;
	} else {
		sequence.state = PLAIN;
		end_sequence(byte);
	}
}

static long screen_write(struct console *console, const char *bytes, size_t length)
{
	mutex_lock(&shadow_lock);
	for (size_t i = 0; i < length; i++) {
		if (sequence.state != PLAIN)
			sequence_byte(bytes[i]);
		else if ((unsigned char)bytes[i] < ' ')
			control_character(bytes[i]);
		else
			put_character(bytes[i]);
	}
	changes++;
	mutex_unlock(&shadow_lock);
	wait_queue_wake(&changed);
	return (long)length;
}

/* Paints what differs. A row is copied under the lock and drawn without it. */
static void paint(uint16_t *row_copy, unsigned *old_x, unsigned *old_y)
{
	for (unsigned y = 0; y < screen.rows; y++) {
		uint16_t *seen = painted + y * screen.columns;
		unsigned x_cursor, y_cursor;

		mutex_lock(&shadow_lock);
		memcpy(row_copy, shadow + y * screen.columns, screen.columns * sizeof(*row_copy));
		x_cursor = min(cursor_x, screen.columns - 1);
		y_cursor = cursor_y;
		mutex_unlock(&shadow_lock);
		for (unsigned x = 0; x < screen.columns; x++) {
			bool cursor = x == x_cursor && y == y_cursor;
			bool was_cursor = x == *old_x && y == *old_y;

			if (row_copy[x] == seen[x] && cursor == was_cursor)
				continue;
			seen[x] = row_copy[x];
			/* bare: a function of this module */
			screen.draw(x, y, row_copy[x], cursor);
			if (cursor) {
				if (!was_cursor && (*old_y != y || *old_x != x))
					/* bare: a function of this module */
					screen.draw(*old_x, *old_y,
						    painted[*old_y * screen.columns + *old_x],
						    false);
				*old_x = x;
				*old_y = y;
			}
		}
	}
}

static bool has_changed(uint64_t since)
{
	bool result;

	mutex_lock(&shadow_lock);
	result = changes != since;
	mutex_unlock(&shadow_lock);
	return result;
}

static int painter_run(void *row_copy)
{
	uint64_t done = 0;
	unsigned old_x = 0, old_y = 0;

	thread_set_priority(THREAD_LOW);
	while (!thread_should_stop()) {
		mutex_lock(&shadow_lock);
		done = changes;
		mutex_unlock(&shadow_lock);
		paint(row_copy, &old_x, &old_y);
		if (thread_sleep_until_stop(time_now() + FRAME))
			break;
		wait_event(&changed, has_changed(done) || thread_should_stop());
	}
	return 0;
}

static const struct console_operations screen_operations = {.write = screen_write};
static struct console screen_console = {
    .name = "screen",
    .terminal = TERMINAL_SCREEN,
    .operations = &screen_operations,
};

static int open_screen(void)
{
	if (boot.kind == SCREEN_TEXT)
		return text_screen_open(&boot, &screen);
	return linear_screen_open(&boot, &screen);
}

static void close_screen(void)
{
	if (boot.kind == SCREEN_TEXT)
		text_screen_close();
	else
		linear_screen_close();
}

static int __init fb_console_init(void)
{
	size_t cells, size;
	const void *payload = boot_screen(&size);
	int error;

	boot = boot_screen_parse(payload, size);
	if (boot.kind == SCREEN_NONE) {
		printk("fb_console: the boot loader left no screen; nothing to drive\n");
		return 0;
	}
	error = open_screen();
	if (error)
		return error;
	cells = (size_t)screen.columns * screen.rows;
	/* shadow, what was painted (zeros differ from blanks: all is painted once), one row */
	shadow = heap_alloc_zeroed((2 * cells + screen.columns) * sizeof(*shadow));
	if (!shadow) {
		error = -ENOMEM;
		goto no_shadow;
	}
	painted = shadow + cells;
	blank(0, (unsigned)cells);
	painter = thread_create(painter_run, painted + cells, "fb_console");
	if (!painter) {
		error = -ENOMEM;
		goto no_thread;
	}
	error = console_register(&screen_console);
	if (error)
		goto no_console;
	return 0;
no_console:
	thread_stop(painter);
no_thread:
	heap_free(shadow);
no_shadow:
	close_screen();
	return error;
}

static void fb_console_exit(void)
{
	if (!shadow)
		return;
	console_unregister(&screen_console);
	thread_stop(painter);
	heap_free(shadow);
	close_screen();
}

module_init(fb_console_init);
module_exit(fb_console_exit);
