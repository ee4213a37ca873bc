#include "CAllocationCounter.h"

#include <stddef.h>
#include <stdlib.h>

#if defined(__GLIBC__)

#include <errno.h>
#include <stdatomic.h>

// The executable's definitions take the place of the C library's for every library in the process, which is what is
// wanted: the Swift runtime allocates through them too. They hand on to the library's own entry points, which need no
// look-up at run time, so nothing has to be served before the first look-up is done. `free` stays the library's.

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_bool counting = false;
static atomic_long total = 0;

// Off while time is measured: threads that share a counter would slow each other down.
static inline void note(void) {
    if (atomic_load_explicit(&counting, memory_order_relaxed)) {
        atomic_fetch_add_explicit(&total, 1, memory_order_relaxed);
    }
}

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    note();
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    note();
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) { return EINVAL; }
    void *memory = __libc_memalign(alignment, size);
    if (memory == NULL) { return ENOMEM; }
    *result = memory;
    return 0;
}

bool allocation_counter_works(void) { return true; }

void allocation_counter_set(bool on) {
    if (on) { atomic_store(&total, 0); }
    atomic_store(&counting, on);
}

long allocation_counter_read(void) { return atomic_load(&total); }

#else

bool allocation_counter_works(void) { return false; }
void allocation_counter_set(bool on) { (void)on; }
long allocation_counter_read(void) { return 0; }

#endif
