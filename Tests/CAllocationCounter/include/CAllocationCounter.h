#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

#include <stdbool.h>

/// Whether allocations can be counted here: on Linux with glibc.
bool allocation_counter_works(void);

/// Starts to count from zero the allocations of the whole process, or stops.
void allocation_counter_set(bool counting);

/// How many there were since counting started.
long allocation_counter_read(void);

#endif
