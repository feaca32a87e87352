/* SPDX-License-Identifier: MIT */
/* thread_locals.c - pointers in thread-local variables and in thread-specific data. */
#define _GNU_SOURCE
#include "holder.h"
#include "sleepers.h"

static __thread void *own;

static pthread_key_t key;
static void **(*slot_of_thread)(void);

CASE(tls_of_main, "reachable 1 64")
{
	own = new_block();
}

static void *sleep_with_tls(void *argument)
{
	own = new_block();
	sleep_for_ever();
	return NULL;
}

CASE(tls_of_thread, "reachable 1.. 64..")
{
	start_sleeper(sleep_with_tls, NULL);
}

static void *end_with_tls(void *argument)
{
	own = new_block();
	return NULL;
}

/* Its memory is still there, for a next thread. memcheck: reachable. */
CASE(tls_of_ended_thread, "direct 1 64")
{
	pthread_t thread;

	pthread_create(&thread, NULL, end_with_tls, NULL);
	pthread_join(thread, NULL);
}

/* The variable of a module that was loaded later has no fixed place: it is allocated at its first
 * use, for each thread. */
CASE(tls_of_module, "reachable 1.. 64..")
{
	slot_of_thread = (void **(*)(void))dlsym(load_holder(), "slot_of_thread");
	*slot_of_thread() = new_block();
}

static void *sleep_with_tls_of_module(void *argument)
{
	*slot_of_thread() = new_block();
	sleep_for_ever();
	return NULL;
}

CASE(tls_of_module_in_thread, "reachable 1.. 64..")
{
	slot_of_thread = (void **(*)(void))dlsym(load_holder(), "slot_of_thread");
	start_sleeper(sleep_with_tls_of_module, NULL);
}

CASE(key_of_main, "reachable 1 64")
{
	pthread_key_create(&key, NULL);
	pthread_setspecific(key, new_block());
}

/* Values of the first keys lie in libc's record of the thread, those of later ones in a block. */
CASE(late_key_of_main, "reachable 2 65..")
{
	for (int i = 0; i < 100; i++)
		pthread_key_create(&key, NULL);
	pthread_setspecific(key, new_block());
}

static void *sleep_with_key(void *argument)
{
	pthread_setspecific(key, new_block());
	sleep_for_ever();
	return NULL;
}

CASE(key_of_thread, "reachable 1.. 64..")
{
	pthread_key_create(&key, NULL);
	start_sleeper(sleep_with_key, NULL);
}

static void *end_with_key(void *argument)
{
	pthread_setspecific(key, new_block());
	return NULL;
}

/* The key was made without a destructor. */
CASE(key_of_ended_thread, "direct 1 64")
{
	pthread_t thread;

	pthread_key_create(&key, NULL);
	pthread_create(&thread, NULL, end_with_key, NULL);
	pthread_join(thread, NULL);
}

CASE(key_with_destructor, "direct 0 0")
{
	pthread_t thread;

	pthread_key_create(&key, free);
	pthread_create(&thread, NULL, end_with_key, NULL);
	pthread_join(thread, NULL);
}
