#ifndef COUNTING_VFS_H
#define COUNTING_VFS_H

// A layer under SQLite that passes everything on to the system, counts syncs and can make them fail.

/// Registers the layer under the name "counting"; twice does no harm.
void counting_vfs_register(void);

/// Syncs of files whose path contains `part`, since the start.
long counting_vfs_syncs(const char *part);

/// Lets the next sync of a file whose path contains `part` fail, after the bytes were written; NULL for none.
void counting_vfs_fail_next(const char *part);

#endif
