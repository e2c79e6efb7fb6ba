/** Types of within.mjs, for its test. */
export function within<T>(ms: number, promise: Promise<T>, late: () => T | Promise<T>): Promise<T>;
