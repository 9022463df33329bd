/**
 * DuckDB's allocator (jemalloc) keeps what was freed for ten seconds, on each thread for itself: a load of two gigabytes then holds
 * twice the memory that the engine may use. Kept for no time at all, what one small statement frees the kernel takes, and clears for
 * the next. It reads this variable once, when the library is first loaded.
 */
process.env.DUCKDB_JE_MALLOC_CONF ??= 'dirty_decay_ms:10,muzzy_decay_ms:0'
