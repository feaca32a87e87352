/* SPDX-License-Identifier: MIT */
/*
 * handoff.c - packets made by one thread and released by another, through a single place.
 *
 * The heaps of the two threads see only one side each. A report should show new_packet as
 * balanced.
 */
#include <pthread.h>

#include "work.h"

enum { PACKETS = 6000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char *waiting[16];
static int waiting_count;

static char *new_packet(void)
{
	return calloc(1, 60 + roll(1400));
}

static void hand_over(char *packet)
{
	pthread_mutex_lock(&lock);
	while (waiting_count == 16)
		pthread_cond_wait(&changed, &lock);
	waiting[waiting_count++] = packet;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

static char *take_over(void)
{
	char *packet;

	pthread_mutex_lock(&lock);
	while (waiting_count == 0)
		pthread_cond_wait(&changed, &lock);
	packet = waiting[--waiting_count];
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	return packet;
}

static void *send_packets(void *unused)
{
	for (int i = 0; i < PACKETS; i++) {
		work_parse();
		free(take_over());
	}
	return unused;
}

int main(void)
{
	pthread_t sender;

	pthread_create(&sender, NULL, send_packets, NULL);
	for (int i = 0; i < PACKETS; i++) {
		work_table();
		hand_over(new_packet());
	}
	pthread_join(sender, NULL);

	expect("site=new_packet allocations=%d live_blocks=0 truth=fine verdict=balanced", PACKETS);
	expect("threads=2 complete=1");
	return 0;
}
