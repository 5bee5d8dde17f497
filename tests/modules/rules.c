/*
 * Breaks a rule of the bus, by the word: `rules WORD` prints the errno that it gets. With
 * init_text=1 it registers a callback that is gone after init.
 */
#include <string.h>

#include <kernel/command.h>
#include <files/file.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");

static bool init_text;
module_param(init_text, bool, 0444);

static int extra_run(struct command_call *call)
{
	command_print(call, "%s runs\n", call->argv[0]);
	return 0;
}

static const struct command_operations extra_operations = {.run = extra_run};
static struct command extras[2] = {
    {.name = "rules_a", .operations = &extra_operations},
    {.name = "rules_b", .operations = &extra_operations},
};

static int __init init_run(struct command_call *call)
{
	return 0;
}

static const struct command_operations init_operations = {.run = init_run};
static struct command init_command = {.name = "rules_init", .operations = &init_operations};

static unsigned char wild_text[16] = {0xc3};

/* A callback in data: nobody's text. */
static int wild_callback(void)
{
	static const struct command_operations operations = {
	    .run = (int (*)(struct command_call *))wild_text};
	static struct command command = {.name = "rules_wild", .operations = &operations};

	return command_register(&command);
}

static int missing_callback(void)
{
	static const struct command_operations operations;
	static struct command command = {.name = "rules_missing", .operations = &operations};

	return command_register(&command);
}

/* Owners that are not this module: the kernel's row, one that nobody has, and none at all. */
static int owned_by(struct module *owner)
{
	static struct command command = {.name = "rules_owned", .operations = &extra_operations};

	return REGISTRATION_ENTER(register, command, &command_interface, &command, owner);
}

/* A function of an interface that lies in nobody's text. */
static int wild_interface(void)
{
	static struct interface interface = {.name = "rules"};

	interface.changed = (void (*)(struct registration *, bool))wild_text;
	return interface_register(&interface);
}

/* The second time its list may have entries. */
static int twice(void)
{
	static struct interface interface = {.name = "rules_twice"};
	int error = interface_register(&interface);

	if (!error)
		error = interface_register(&interface);
	interface_unregister(&interface);
	return error;
}

/* An entry in an interface that nobody has registered. */
static struct interface unregistered = {.name = "rules", INTERFACE_OPERATIONS("run", "complete")};

static int no_interface(void)
{
	static struct command command = {.name = "rules_stray", .operations = &extra_operations};

	return REGISTRATION_ENTER(register, command, &unregistered, &command, THIS_MODULE);
}

static int reserve_both(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(extras); i++) {
		int error = command_reserve(&extras[i]);

		if (error)
			return error;
	}
	return 0;
}

static int activate_both(void)
{
	struct registration *set[] = {&extras[0].registration, &extras[1].registration};

	return registration_activate(set, ARRAY_SIZE(set));
}

static int activate_first(void)
{
	struct registration *set[] = {&extras[0].registration};

	return registration_activate(set, 1);
}

static int take_back(void)
{
	command_unregister(&extras[0]);
	return command_unregister(&extras[1]);
}

static volatile uintptr_t nowhere = 8;

static void fault(void)
{
	*(volatile int *)nowhere = 1;
}

static int faulty_thread(void *unused)
{
	fault();
	return 0;
}

static void faulty_function(struct work *work)
{
	fault();
}

static int start_thread(void)
{
	return thread_create(faulty_thread, NULL, "rules") ? 0 : -ENOMEM;
}

static int queue_work(void)
{
	static struct work work;

	work_init(&work, faulty_function);
	work_queue(&work);
	return 0;
}

static long faulty_read(struct node *node, void **unused, void *buffer, size_t size,
			uint64_t offset)
{
	fault();
	return 0;
}

static long slow_read(struct node *node, void **unused, void *buffer, size_t size, uint64_t offset)
{
	time_sleep(20 * TIME_MS);
	memset(buffer, 'x', size);
	return (long)size;
}

static const struct node_operations faulty_operations = {.read = faulty_read};
static const struct node_operations slow_operations = {.read = slow_read};
static struct node nodes[] = {
    {.name = "rules_fault", .operations = &faulty_operations},
    {.name = "rules_slow", .operations = &slow_operations},
};

static struct command rules_command;

static int unregister_myself(void)
{
	return command_unregister(&rules_command);
}

static int foreign(void)
{
	return owned_by((struct module *)OWNER_TABLE);
}

static int forged(void)
{
	return owned_by((struct module *)(OWNER_TABLE + 8));
}

static int unused(void)
{
	return owned_by(THIS_MODULE + 1);
}

static const struct {
	const char *word;
	int (*break_rule)(void);
} rules[] = {
    {"wild", wild_callback},
    {"missing", missing_callback},
    {"wilder", wild_interface},
    {"stray", no_interface},
    {"twice", twice},
    {"foreign", foreign},
    {"forged", forged},
    {"unused", unused},
    {"myself", unregister_myself},
    {"reserve", reserve_both},
    {"activate", activate_both},
    {"one", activate_first},
    {"back", take_back},
    {"thread", start_thread},
    {"work", queue_work},
};

static int rules_run(struct command_call *call)
{
	if (call->argc > 1 && strcmp(call->argv[1], "preempt") == 0)
		preempt_disable(); /* and never on again */
	for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
		if (call->argc > 1 && strcmp(call->argv[1], rules[i].word) == 0)
			/* bare: a table of this module's own functions */
			command_print(call, "%s\n", errno_name(rules[i].break_rule()));
	return 0;
}

static const struct command_operations rules_operations = {.run = rules_run};
static struct command rules_command = {.name = "rules", .operations = &rules_operations};

static int __init rules_init(void)
{
	int error = command_register(&rules_command);

	for (unsigned i = 0; i < ARRAY_SIZE(nodes) && !error; i++)
		error = node_register(&nodes[i]);
	if (!error && init_text)
		error = command_register(&init_command);
	return error;
}

static void rules_exit(void)
{
	command_unregister(&rules_command);
	for (unsigned i = 0; i < ARRAY_SIZE(nodes); i++)
		node_unregister(&nodes[i]);
}

module_init(rules_init);
module_exit(rules_exit);
