/* SPDX-License-Identifier: MIT */
/*
 * hello.h - hands the region to a collector, starting one if nobody else did.
 */
#ifndef TENURE_HELLO_H
#define TENURE_HELLO_H

#include <stdbool.h>

/*
 * Sends the region's descriptor to the collector of the settings; if there is none or it is gone,
 * starts one of our own: a process that the program can neither wait for nor see in its process
 * group, session or descriptors. False if neither is possible.
 */
bool hello_send(long region_fd);

/* Wakes the collector, which sleeps at its socket. */
void hello_wake(void);

#endif
