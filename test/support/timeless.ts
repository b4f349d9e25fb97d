// What a profiler is told where a test compares all that it finds: a busy machine is slow, and what takes long in it says nothing.

/** Switches off the detectors that go by the clock. */
export const TIMELESS = { 'slow-statement': false, 'idle-in-transaction': false } as const;
