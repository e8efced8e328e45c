// The map of linear memory: what lives at which fixed address.
//
//   0x00000  +--------------------------------+
//            | never used: address 0 is "no"  |
//   0x00400  +--------------------------------+
//            | SCRATCH: one datum that wraps  |  64 bytes
//   0x00440  +--------------------------------+
//            | free for kernels' tables       |
//   0x10000  +--------------------------------+  memoryBase in asconfig.json
//            | what the compiler places       |
//   heap     +--------------------------------+  __heap_base, rounded up to 16
//            | blocks (see heap.ts)           |
//            +--------------------------------+  end of memory, at most 2 GiB - 64 KiB

/** A datum that is split over the end of a wrap buffer is assembled here. */
export const SCRATCH: usize = 0x400;
