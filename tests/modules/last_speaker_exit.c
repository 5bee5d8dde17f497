/* Uses an unsafe interface and has an exit: refused. */
#include <kernel/last_words.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static void speak(struct last_words *last_words)
{
}

static const struct last_words_operations operations = {.speak = speak};
static struct last_words words = {.name = "last_speaker_exit", .operations = &operations};

static int __init last_speaker_exit_init(void)
{
	return last_words_register(&words);
}

static void last_speaker_exit_exit(void)
{
}

module_init(last_speaker_exit_init);
module_exit(last_speaker_exit_exit);
