/** Every action of Elastic Load Balancing v2 that is served. */
import type { ServiceAction } from '../../service-action.ts';

export const allActions: readonly ServiceAction[] = [];
