/** Every action of Elastic Load Balancing v2 that is served. */
import type { ServiceAction } from '../../service-action.ts';
import { listenerActions } from './listeners.ts';
import { loadBalancerActions } from './load-balancers.ts';
import { tagActions } from './tags.ts';
import { targetGroupActions } from './target-groups.ts';

export const allActions: readonly ServiceAction[] = [
  ...loadBalancerActions,
  ...targetGroupActions,
  ...listenerActions,
  ...tagActions,
];
