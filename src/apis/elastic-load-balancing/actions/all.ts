/** Every action of Elastic Load Balancing (Classic) that is served. */
import type { ServiceAction } from '../../service-action.ts';
import * as attributes from './attributes.ts';
import * as instances from './instances.ts';
import { CreateLoadBalancerListeners, DeleteLoadBalancerListeners } from './listeners.ts';
import * as loadBalancers from './load-balancers.ts';

export const allActions: readonly ServiceAction[] = [
  ...Object.values(loadBalancers),
  CreateLoadBalancerListeners,
  DeleteLoadBalancerListeners,
  ...Object.values(instances),
  ...Object.values(attributes),
];
