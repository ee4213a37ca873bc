#include "counting_vfs.h"

#if __has_include(<sqlite3.h>)
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

enum { max_files = 4096, max_path = 512, max_kinds = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *base;
static sqlite3_vfs layer;
// The system has different methods for databases and for logs; each kind is replaced by a copy of its own.
static struct { const sqlite3_io_methods *original; sqlite3_io_methods copy; } kinds[max_kinds];
static int kind_count;
static struct { sqlite3_file *file; char path[max_path]; long syncs; } files[max_files];
static int file_count;
static char failing[max_path];

static int layer_sync(sqlite3_file *file, int flags) {
    int fails = 0;
    const sqlite3_io_methods *original = NULL;
    pthread_mutex_lock(&lock);
    for (int i = file_count - 1; i >= 0; i--) {
        if (files[i].file != file) continue;
        files[i].syncs++;
        fails = failing[0] && strstr(files[i].path, failing) != NULL;
        if (fails) failing[0] = 0;
        break;
    }
    for (int i = 0; i < kind_count; i++) {
        if (file->pMethods == &kinds[i].copy) original = kinds[i].original;
    }
    pthread_mutex_unlock(&lock);
    return fails ? SQLITE_IOERR_FSYNC : original->xSync(file, flags);
}

/// The copy of these methods that counts, or the methods themselves if there are too many kinds.
static const sqlite3_io_methods *counting(const sqlite3_io_methods *original) {
    for (int i = 0; i < kind_count; i++) {
        if (kinds[i].original == original) return &kinds[i].copy;
    }
    if (kind_count == max_kinds) return original;
    kinds[kind_count].original = original;
    kinds[kind_count].copy = *original;
    kinds[kind_count].copy.xSync = layer_sync;
    return &kinds[kind_count++].copy;
}

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    (void)vfs;
    int code = base->xOpen(base, name, file, flags, out);
    if (code != SQLITE_OK || name == NULL || file->pMethods == NULL) return code;
    pthread_mutex_lock(&lock);
    if (file_count < max_files) {
        files[file_count].file = file;
        strncpy(files[file_count].path, name, max_path - 1);
        file_count++;
        file->pMethods = counting(file->pMethods);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

void counting_vfs_register(void) {
    pthread_mutex_lock(&lock);
    if (base == NULL) {
        base = sqlite3_vfs_find(NULL);
        layer = *base;
        layer.zName = "counting";
        layer.pNext = NULL;
        layer.xOpen = layer_open;
        sqlite3_vfs_register(&layer, 0);
    }
    pthread_mutex_unlock(&lock);
}

long counting_vfs_syncs(const char *part) {
    long syncs = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < file_count; i++) {
        if (strstr(files[i].path, part)) syncs += files[i].syncs;
    }
    pthread_mutex_unlock(&lock);
    return syncs;
}

void counting_vfs_fail_next(const char *part) {
    pthread_mutex_lock(&lock);
    failing[0] = 0;
    if (part) strncpy(failing, part, max_path - 1);
    pthread_mutex_unlock(&lock);
}
#endif
