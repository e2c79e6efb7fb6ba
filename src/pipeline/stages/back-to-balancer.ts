/** Past the network ACL of its target's subnet, an answer is at the load balancer's node. */
import { outStage } from '../stage.ts';
import { INTO_INTERFACE } from '../verdict.ts';

export const backToBalancer = outStage({
  name: 'back-to-balancer',
  does: 'hands the answer to the node of the load balancer by which its client came',
  drops: {},
  run: () => INTO_INTERFACE,
});
