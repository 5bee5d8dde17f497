/* Uses an unsafe interface as the rules want it: last, and without an exit. fail=1: init fails
 * then. */
#include <kernel/last_words.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static bool fail;
module_param(fail, bool, 0444);

static void speak(struct last_words *last_words)
{
	printk("last_speaker: farewell\n");
}

static const struct last_words_operations operations = {.speak = speak};
static struct last_words words = {.name = "last_speaker", .operations = &operations};

static int __init last_speaker_init(void)
{
	int error = last_words_register(&words);

	if (error)
		return error;
	return fail ? -EIO : 0;
}

module_init(last_speaker_init);
