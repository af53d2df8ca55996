//! What the C library does with memory that was given back.

/// Up to here freed memory is kept for the next who asks (bytes, for each of the library's arenas).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: libc::c_int = 16 << 20;

/// Two threads at work need not wait for each other.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const FEWEST_ARENAS: libc::c_int = 2;

/// Has the process keep some of the memory that it frees, for it will want it again a moment later.
///
/// Columns and images of files are blocks of 100 kB to some MB that live for milliseconds. The GNU C library gets such
/// blocks from the system and gives them back each time, and the system clears and maps them page by page: a quarter
/// of the time of a TESS sector. [`main`](super::main) calls this; who uses the library in a program of her own may.
/// It does nothing with other C libraries.
///
/// There is an arena for each core and no more. Of the eight that the library has for each, every thread fills its own
/// with what it keeps: a run of 20 000 sources took 98 MB with them, and 70 MB with one for each of two cores.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let cores = std::thread::available_parallelism().ok();
        let arenas = cores
            .and_then(|cores| libc::c_int::try_from(cores.get()).ok())
            .map_or(FEWEST_ARENAS, |cores| cores.max(FEWEST_ARENAS));
        // SAFETY: it sets three numbers of the allocator, which takes care of its own locks.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, KEPT);
            libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
            libc::mallopt(libc::M_ARENA_MAX, arenas);
        }
    }
}
