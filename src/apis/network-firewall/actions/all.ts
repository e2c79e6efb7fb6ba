/** Every action of Network Firewall that is served. */
import type { ServiceAction } from '../../service-action.ts';

export const allActions: readonly ServiceAction[] = [];
