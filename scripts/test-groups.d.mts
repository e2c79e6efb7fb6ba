/** Types of test-groups.mjs, for its test. */
export function grouped(files: readonly string[]): readonly (readonly string[])[];
export function asSuite(path: string): string;
