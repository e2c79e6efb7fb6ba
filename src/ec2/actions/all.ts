/** Every action that is served. */
import type { AnyAction } from '../action.ts';

/** One list per kind of resource. */
export const allActions: readonly AnyAction[] = [];
