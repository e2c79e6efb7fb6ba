/** Every action that is served. */
import type { AnyAction } from '../action.ts';
import { internetGatewayActions } from './internet-gateways.ts';
import { networkAclActions } from './network-acls.ts';
import { routeTableActions } from './route-tables.ts';
import { securityGroupRuleActions } from './security-group-rules.ts';
import { securityGroupActions } from './security-groups.ts';
import { vpcPeeringActions } from './vpc-peering.ts';

/** One list per kind of resource. */
export const allActions: readonly AnyAction[] = [
  ...internetGatewayActions,
  ...networkAclActions,
  ...routeTableActions,
  ...securityGroupActions,
  ...securityGroupRuleActions,
  ...vpcPeeringActions,
];
