/*
 * The only process of the Linux side: does the jobs named on its command line, prints one bench
 * line a figure on the serial port, and ends QEMU. The rule: nothing but the job runs while it is
 * timed; files are read and lines are printed outside.
 *
 *   memory                       bytes of RAM that are not free
 *   load=FIGURE,MODULE,COUNT     init_module(2) from bytes in memory, delete_module(2), COUNT times
 *   run=MODULE,NUMBER            loads a bench module, gives its command the number, unloads it
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MOST_LOADS 1000
#define EXIT_PORT 0xf4

struct file {
	void *bytes;
	size_t size;
};

static long long now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void fail(const char *what, const char *name)
{
	printf("bench-error %s %s: %s\n", what, name, strerror(errno));
}

static int compare(const void *a, const void *b)
{
	long long left = *(const long long *)a, right = *(const long long *)b;

	return (left > right) - (left < right);
}

static void report(const char *figure, const char *suffix, long long *times, int count)
{
	if (count == 0)
		return;
	qsort(times, count, sizeof *times, compare);
	printf("bench %s%s cpus=%d unit=ns value=%lld min=%lld max=%lld runs=%d\n", figure, suffix,
	       get_nprocs(), times[count / 2], times[0], times[count - 1], count);
}

static int read_module(const char *name, struct file *file)
{
	char path[128];
	struct stat stat;
	int fd;

	snprintf(path, sizeof path, "/modules/%s.ko", name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &stat) != 0) {
		fail("read", path);
		return -1;
	}
	file->size = stat.st_size;
	file->bytes = malloc(file->size);
	if (file->bytes == NULL || read(fd, file->bytes, file->size) != (ssize_t)file->size) {
		fail("read", path);
		return -1;
	}
	close(fd);
	return 0;
}

static int load(const char *name, const struct file *file)
{
	if (syscall(SYS_init_module, file->bytes, file->size, "") == 0)
		return 0;
	fail("load", name);
	return -1;
}

static int unload(const char *name)
{
	if (syscall(SYS_delete_module, name, O_NONBLOCK) == 0)
		return 0;
	fail("unload", name);
	return -1;
}

static void measure_load(const char *figure, const char *name, int count)
{
	static long long loads[MOST_LOADS], unloads[MOST_LOADS];
	struct file file;
	int done;

	if (count > MOST_LOADS || read_module(name, &file) != 0)
		return;
	for (done = 0; done < count; done++) {
		long long begin = now(CLOCK_MONOTONIC), middle;

		if (load(name, &file) != 0)
			break;
		middle = now(CLOCK_MONOTONIC);
		if (unload(name) != 0)
			break;
		unloads[done] = now(CLOCK_MONOTONIC) - middle;
		loads[done] = middle - begin;
	}
	report(figure, "", loads, done);
	report("un", figure, unloads, done);
	free(file.bytes);
}

static void run(const char *name, const char *number)
{
	char path[128];
	struct file file;
	int fd;

	if (read_module(name, &file) != 0 || load(name, &file) != 0)
		return;
	snprintf(path, sizeof path, "/proc/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, number, strlen(number)) < 0)
		fail("run", path);
	close(fd);
	unload(name);
	free(file.bytes);
}

/* What is not free, of the RAM that the machine was given; the caller knows how much that is. */
static void measure_memory(void)
{
	char line[128];
	long long total = 0, available = 0;
	FILE *file = fopen("/proc/meminfo", "r");

	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		sscanf(line, "MemFree: %lld", &total);
		sscanf(line, "MemAvailable: %lld", &available);
	}
	printf("bench free cpus=%d unit=bytes value=%lld available=%lld\n", get_nprocs(),
	       total * 1024, available * 1024);
	if (file != NULL)
		fclose(file);
}

static void do_job(char *job)
{
	char *name = strtok(job, "=,");
	char *first = strtok(NULL, ",");
	char *second = strtok(NULL, ",");
	char *third = strtok(NULL, ",");

	if (strcmp(name, "memory") == 0)
		measure_memory();
	else if (strcmp(name, "load") == 0 && third != NULL)
		measure_load(first, second, atoi(third));
	else if (strcmp(name, "run") == 0 && second != NULL)
		run(first, second);
	else
		printf("bench-error job %s: unknown\n", name);
}

static void show_command_line(void)
{
	char text[2048] = "";
	FILE *file = fopen("/proc/cmdline", "r");

	if (file != NULL && fgets(text, sizeof text, file) != NULL)
		printf("bench-command-line %s\n", text);
}

int main(int count, char **words)
{
	long long booted = now(CLOCK_BOOTTIME);
	int i;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	if (freopen("/dev/ttyS0", "w", stdout) == NULL)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("\nbench clock cpus=%d unit=ns value=%lld\n", get_nprocs(), booted);
	show_command_line();
	for (i = 1; i < count; i++)
		do_job(words[i]);
	printf("bench-end\n");
	tcdrain(1);
	if (ioperm(EXIT_PORT, 4, 1) == 0)
		outl(0, EXIT_PORT);
	reboot(RB_POWER_OFF);
	return 0;
}
