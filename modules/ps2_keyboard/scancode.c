/*
 * Scan codes to typed bytes. A code's bit 7 says that the key was released; 0xe0 in front makes
 * another key of it. Its one rule: the state is only what is held down and what is locked, so a
 * lost byte costs one key. Source: IBM PS/2 Hardware Interface Technical Reference, keyboard, scan
 * code set 1.
 */
#include "scancode.h"

#include <string.h>

#define RELEASED 0x80
#define EXTENDED 0xe0
#define PAUSE 0xe1 /* two codes follow, and again for the release */
#define ESCAPE '\033'

/* Keys 0x00 to 0x39, plain and with Shift; 0 for what types nothing. */
static const char plain_keys[] = "\0\0331234567890-=\177\tqwertyuiop[]\r\0asdfghjkl;'`\0\\"
				 "zxcvbnm,./\0*\0 ";
static const char shift_keys[] = "\0\033!@#$%^&*()_+\177\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|"
				 "ZXCVBNM<>?\0*\0 ";

/* Keypad, from 0x47 on: with Num Lock, and what the key does without (final letter, or digit and
 * ~). */
#define KEYPAD_FIRST 0x47
static const char keypad_digits[] = "789-456+1230.";
static const char keypad_keys[] = "HA5-D\0C+FB623";

static size_t type(char typed[SCANCODE_BYTES], const char *bytes, size_t count)
{
	memcpy(typed, bytes, count);
	return count;
}

static bool has_control(const struct scancode_decoder *decoder)
{
	return decoder->control_left || decoder->control_right;
}

/* ESC [ LETTER, or ESC [ DIGIT ~; with Control ESC [ 1 ; 5 LETTER, or ESC [ DIGIT ; 5 ~ */
static size_t type_sequence(const struct scancode_decoder *decoder, char typed[SCANCODE_BYTES],
			    char final)
{
	bool digit = final >= '0' && final <= '9';
	char plain[4] = {ESCAPE, '[', final, '~'};
	char with_control[6] = {ESCAPE, '[', digit ? final : '1', ';', '5', digit ? '~' : final};

	if (has_control(decoder))
		return type(typed, with_control, 6);
	return type(typed, plain, digit ? 4 : 3);
}

static size_t extended_key(const struct scancode_decoder *decoder, char typed[SCANCODE_BYTES],
			   uint8_t key)
{
	char final;

	if (key == 0x1c)
		return type(typed, "\r", 1);
	if (key == 0x35)
		return type(typed, "/", 1);
	if (key < KEYPAD_FIRST || key >= KEYPAD_FIRST + sizeof(keypad_keys) - 1)
		return 0;
	final = keypad_keys[key - KEYPAD_FIRST];
	if (final == '\0' || final == '-' || final == '+')
		return 0;
	return type_sequence(decoder, typed, final);
}

static size_t keypad_key(const struct scancode_decoder *decoder, char typed[SCANCODE_BYTES],
			 uint8_t key)
{
	char digit = keypad_digits[key - KEYPAD_FIRST];

	if (decoder->num_lock || digit == '-' || digit == '+')
		return type(typed, &digit, 1);
	return extended_key(decoder, typed, key);
}

static bool is_letter(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

static size_t main_key(const struct scancode_decoder *decoder, char typed[SCANCODE_BYTES],
		       uint8_t key)
{
	bool shift = decoder->shift_left || decoder->shift_right;
	char bytes[2] = {ESCAPE, plain_keys[key]};

	if (is_letter(bytes[1]) && decoder->caps_lock)
		shift = !shift;
	if (shift)
		bytes[1] = shift_keys[key];
	if (bytes[1] == '\0')
		return 0;
	if (has_control(decoder)) {
		if (!is_letter(bytes[1]) && !strchr("[\\]", bytes[1]))
			return 0;
		bytes[1] &= 0x1f;
	}
	return decoder->alt ? type(typed, bytes, 2) : type(typed, bytes + 1, 1);
}

/* Keys that only change the state. */
static bool modifier(struct scancode_decoder *decoder, uint8_t key, bool extended, bool pressed)
{
	switch (key) {
	case 0x2a:
	case 0x36:
		/* With 0xe0 it is not a key: the keyboard undoes Shift around cursor keys. */
		if (!extended)
			*(key == 0x2a ? &decoder->shift_left : &decoder->shift_right) = pressed;
		return true;
	case 0x1d:
		*(extended ? &decoder->control_right : &decoder->control_left) = pressed;
		return true;
	case 0x38:
		decoder->alt = pressed;
		return true;
	case 0x3a:
		decoder->caps_lock ^= pressed;
		return true;
	case 0x45:
		decoder->num_lock ^= pressed;
		return true;
	default:
		return false;
	}
}

void scancode_init(struct scancode_decoder *decoder)
{
	*decoder = (struct scancode_decoder){0};
}

size_t scancode_decode(struct scancode_decoder *decoder, uint8_t code, char typed[SCANCODE_BYTES])
{
	uint8_t key = code & (uint8_t)~RELEASED;
	bool extended = decoder->extended;

	if (decoder->skip > 0) {
		decoder->skip--;
		return 0;
	}
	decoder->extended = code == EXTENDED;
	if (code == PAUSE)
		decoder->skip = 2;
	if (code == PAUSE || code == EXTENDED || modifier(decoder, key, extended, code == key) ||
	    code != key)
		return 0;
	if (extended)
		return extended_key(decoder, typed, key);
	if (key < sizeof(plain_keys) - 1)
		return main_key(decoder, typed, key);
	if (key >= KEYPAD_FIRST && key < KEYPAD_FIRST + sizeof(keypad_digits) - 1)
		return keypad_key(decoder, typed, key);
	return 0;
}
