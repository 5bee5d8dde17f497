/*
 * The life of a request: checked, put in the disk's list with its buffers lent, handed to the
 * driver, and ended by the one party that takes it out of the list: the driver, by block_complete;
 * or this module, when the device or the driver has gone. The rule: what ends a request is sure
 * that the device does not read or write its buffers any more.
 *
 * Threads wait in queues of this module's own, by the address that they wait for: the memory of the
 * driver and of the request may be gone as soon as the request is done.
 */
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include "block_internal.h"

#define QUEUES 64u

static unsigned patience = BLOCK_PATIENCE_S;
module_param(patience, uint, 0644);
MODULE_PARM_DESC(patience, "seconds without an answer after which a disk is reset");

static struct meeting {
	struct wait_queue queue;
	uint64_t wakes; /* [A] */
} meetings[QUEUES];

void requests_init(void)
{
	for (unsigned i = 0; i < QUEUES; i++)
		wait_queue_init(&meetings[i].queue);
}

static struct meeting *meeting_of(const void *address)
{
	uint64_t bits = (uint64_t)address;

	return &meetings[(bits >> 6 ^ bits >> 12) % QUEUES];
}

static void wake(const void *address)
{
	struct meeting *meeting = meeting_of(address);

	__atomic_fetch_add(&meeting->wakes, 1, __ATOMIC_RELEASE);
	wait_queue_wake(&meeting->queue);
}

static bool is_whole_blocks(const struct block_geometry *disk, uint64_t sectors)
{
	return sectors % (disk->block_size / BLOCK_SECTOR) == 0;
}

static bool meets_pages(const struct block_request *request, unsigned index)
{
	const struct block_part *part = &request->parts[index];

	return (index == 0 || part->offset % IO_PAGE == 0) &&
	       (index + 1 == request->part_count || (part->offset + part->length) % IO_PAGE == 0);
}

static int check_parts(const struct disk *disk, const struct block_request *request)
{
	uint64_t bytes = 0;

	if (request->part_count == 0 || request->part_count > disk->geometry.parts_max)
		return -EINVAL;
	for (unsigned i = 0; i < request->part_count; i++) {
		const struct block_part *part = &request->parts[i];
		size_t size = part->buffer ? io_buffer_size(part->buffer) : 0;

		if (part->length == 0 || part->length % BLOCK_SECTOR != 0 ||
		    part->offset % BLOCK_SECTOR != 0 || part->offset > size ||
		    part->length > size - part->offset)
			return -EINVAL;
		if (disk->geometry.flags & BLKDEV_WHOLE_PAGES && !meets_pages(request, i))
			return -EINVAL;
		bytes += part->length;
	}
	return bytes == request->count * BLOCK_SECTOR ? 0 : -EINVAL;
}

/* 0; a negative errno; or 1: there is nothing to be done. */
static int check(const struct disk *disk, const struct block_request *request)
{
	const struct block_geometry *geometry = &disk->geometry;
	bool changes = request->operation != BLOCK_READ;

	if (request->state != REQUEST_NONE && request->state != REQUEST_DONE)
		return -EINVAL;
	if (request->operation == BLOCK_FLUSH)
		return geometry->flags & BLKDEV_FLUSH ? 0 : 1;
	if (request->operation > BLOCK_DISCARD || request->count == 0 ||
	    request->count > geometry->sectors_max || request->first >= geometry->sectors ||
	    request->count > geometry->sectors - request->first ||
	    !is_whole_blocks(geometry, request->first) ||
	    !is_whole_blocks(geometry, request->count))
		return -EINVAL;
	if (changes && geometry->flags & BLKDEV_READ_ONLY)
		return -EROFS;
	if (request->operation == BLOCK_DISCARD)
		return geometry->flags & BLKDEV_DISCARD ? 0 : -EOPNOTSUPP;
	return check_parts(disk, request);
}

static unsigned parts_of(const struct block_request *request)
{
	bool data = request->operation == BLOCK_READ || request->operation == BLOCK_WRITE;

	return data ? request->part_count : 0;
}

/* One thread more in the driver; the disk's lock is held. */
static int enter_driver_locked(struct disk *disk)
{
	CHECK(spin_is_held(&disk->lock));
	if (disk->gone)
		return disk->gone_error;
	disk->submitters++;
	return 0;
}

/* Into the list, too. */
static int begin(struct disk *disk, struct block_request *request)
{
	uint64_t flags;
	int error;

	for (unsigned i = 0; i < parts_of(request); i++)
		io_buffer_lend(request->parts[i].buffer);
	flags = spin_lock_irqsave(&disk->lock);
	error = enter_driver_locked(disk);
	if (!error) {
		request->state = REQUEST_UNDER_WAY;
		list_add_last(&disk->under_way, &request->under_way);
	}
	spin_unlock_irqrestore(&disk->lock, flags);
	for (unsigned i = 0; error && i < parts_of(request); i++)
		io_buffer_back(request->parts[i].buffer);
	return error;
}

/* Out of the list: false, another party has ended it. */
static bool take_out(struct disk *disk, struct block_request *request)
{
	uint64_t flags = spin_lock_irqsave(&disk->lock);
	bool mine = request->state == REQUEST_UNDER_WAY;

	if (mine) {
		list_remove(&request->under_way);
		request->state = REQUEST_NONE;
	}
	spin_unlock_irqrestore(&disk->lock, flags);
	return mine;
}

/* The requester's thread may go on, and free the request, from the store on. */
static void end(struct block_request *request, int error)
{
	for (unsigned i = 0; i < parts_of(request); i++)
		io_buffer_back(request->parts[i].buffer);
	request->error = error;
	__atomic_store_n(&request->state, REQUEST_DONE, __ATOMIC_RELEASE);
	wake(request);
}

static void leave_driver(struct disk *disk)
{
	uint64_t flags = spin_lock_irqsave(&disk->lock);
	bool last = --disk->submitters == 0 && disk->gone;

	spin_unlock_irqrestore(&disk->lock, flags);
	if (last)
		wake(&disk->submitters);
}

static int call_submit(const struct way *way, struct block_request *request)
{
	if (way->span)
		return (int)span_call(way->span, OPERATION(blkdev, submit), way->blkdev, request);
	return (int)call_once(&way->blkdev->registration, OPERATION(blkdev, submit), way->blkdev,
			      request);
}

static int call_reset(const struct way *way)
{
	if (way->span)
		return (int)span_call(way->span, OPERATION(blkdev, reset), way->blkdev);
	return (int)call_once(&way->blkdev->registration, OPERATION(blkdev, reset), way->blkdev);
}

/* One try; -EAGAIN: the disk has as many as it can have. */
static int try_submit(const struct way *way, struct block_request *request)
{
	int error = begin(way->disk, request);

	if (error)
		return error;
	error = call_submit(way, request);
	leave_driver(way->disk);
	if (error == 0 || !take_out(way->disk, request))
		return 0;
	for (unsigned i = 0; i < parts_of(request); i++)
		io_buffer_back(request->parts[i].buffer);
	return error < 0 && errno_is_result(error) ? error : -EIO;
}

static bool is_done(const struct block_request *request)
{
	return __atomic_load_n(&request->state, __ATOMIC_ACQUIRE) == REQUEST_DONE;
}

/* What a thread waits for: a request, or, without one, that something of the disk is done. */
struct waited {
	const struct block_request *request;
	const struct meeting *meeting;
	uint64_t wakes; /* of the meeting, before the thread looked */
};

static bool has_come(const struct waited *waited)
{
	if (waited->request)
		return is_done(waited->request);
	return READ_ONCE(waited->meeting->wakes) != waited->wakes;
}

/* A second thread that has waited as long finds the first one's reset done. */
static void reset(const struct way *way, const struct waited *waited)
{
	uint64_t flags;
	int error;

	mutex_lock(&way->disk->resets);
	flags = spin_lock_irqsave(&way->disk->lock);
	error = has_come(waited) ? -ECANCELED : enter_driver_locked(way->disk);
	spin_unlock_irqrestore(&way->disk->lock, flags);
	if (!error) {
		printk(KERN_ERR "block: %pE: no answer for %u s; it is reset\n",
		       way->disk->geometry.name, patience);
		call_reset(way);
		leave_driver(way->disk);
	}
	mutex_unlock(&way->disk->resets);
}

static bool await(struct meeting *meeting, const struct waited *waited)
{
	return wait_event_until(&meeting->queue, has_come(waited),
				time_now() + patience * TIME_SECOND);
}

int request_submit(const struct way *way, struct block_request *request)
{
	struct meeting *meeting = meeting_of(way->disk);
	struct waited waited = {.meeting = meeting};
	int error = check(way->disk, request);

	if (error < 0)
		return error;
	if (error > 0) {
		request->error = 0;
		request->state = REQUEST_DONE;
		return 0;
	}
	for (;;) {
		waited.wakes = __atomic_load_n(&meeting->wakes, __ATOMIC_ACQUIRE);
		error = try_submit(way, request);
		if (error != -EAGAIN)
			return error;
		if (!await(meeting, &waited))
			reset(way, &waited);
	}
}

int request_wait(const struct way *way, struct block_request *request)
{
	struct waited waited = {.request = request};

	while (!await(meeting_of(request), &waited))
		reset(way, &waited);
	request->state = REQUEST_NONE;
	return request->error;
}

/* Not of a driver that has failed: what it had has been ended, and may be gone. */
void block_complete(struct blkdev *blkdev, struct block_request *request, int error)
{
	struct disk *disk;
	bool mine = false;

	preempt_disable(); /* its module does not fail from here on */
	if (READ_ONCE(blkdev->registration.owner->state) != MODULE_FAILED) {
		disk = blkdev->disk;
		mine = take_out(disk, request);
		if (mine) {
			end(request, errno_is_result(error) ? error : -EIO);
			wake(disk);
		}
	}
	preempt_enable();
}
EXPORT_SYMBOL(block_complete);

static struct block_request *take_first(struct disk *disk)
{
	uint64_t flags = spin_lock_irqsave(&disk->lock);
	struct block_request *request =
	    list_first(&disk->under_way, struct block_request, under_way);

	if (request) {
		list_remove(&request->under_way);
		request->state = REQUEST_NONE;
	}
	spin_unlock_irqrestore(&disk->lock, flags);
	return request;
}

void requests_end(struct disk *disk, int error, bool wait)
{
	struct meeting *meeting = meeting_of(&disk->submitters);
	struct block_request *request;
	uint64_t flags = spin_lock_irqsave(&disk->lock);

	disk->gone = true;
	disk->gone_error = error;
	spin_unlock_irqrestore(&disk->lock, flags);
	if (wait)
		wait_event(&meeting->queue, READ_ONCE(disk->submitters) == 0);
	while ((request = take_first(disk)) != NULL)
		end(request, error);
	wake(disk);
}
