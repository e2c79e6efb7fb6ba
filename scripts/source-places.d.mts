/** Types of source-places.mjs, for its test. */
export function withSourcePlaces(text: string): string;
