/* SPDX-License-Identifier: MIT */
/*
 * kernel.c - pointers that only the kernel has, and will give back.
 *
 * memcheck does not know what the kernel keeps and calls these blocks lost.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>

#include "heap.h"

static void watch(int watcher, int file)
{
	struct epoll_event event = {.events = EPOLLIN};

	event.data.ptr = new_block();
	epoll_ctl(watcher, EPOLL_CTL_ADD, file, &event);
}

/* As servers do: the next event brings the connection that it belongs to. */
CASE(data_of_epoll, "reachable 1 64")
{
	int ends[2];

	pipe(ends);
	watch(epoll_create1(0), ends[0]);
}

CASE(data_of_closed_epoll, "direct 1 64")
{
	int ends[2], watcher = epoll_create1(0);

	pipe(ends);
	watch(watcher, ends[0]);
	close(watcher);
}

static timer_t new_timer(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	timer_t timer;

	event.sigev_value.sival_ptr = new_block();
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	return timer;
}

CASE(value_of_timer, "reachable 1 64")
{
	new_timer();
}

CASE(value_of_deleted_timer, "direct 1 64")
{
	timer_delete(new_timer());
}
