/* SPDX-License-Identifier: MIT */
/*
 * intake.h - records of a ring into the trace of a session.
 *
 * Nothing is looked at before it has been copied, since the process can still change what lies in
 * its ring. Events of a thread are copied right to where the writer keeps them; records that say
 * something about threads, losses or children are taken one by one.
 */
#ifndef TENURE_INTAKE_H
#define TENURE_INTAKE_H

#include "drain.h"
#include "session.h"

/* All records of a part of ring `number`. */
void intake(struct session *s, uint32_t number, const struct drain_part *part);

#endif
