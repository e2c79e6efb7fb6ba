/** Every action of Elastic Load Balancing (Classic) that is served. */
import type { ServiceAction } from '../../service-action.ts';

export const allActions: readonly ServiceAction[] = [];
