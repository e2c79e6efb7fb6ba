/** What readings of code share, whatever language it is written in: where resources go, what was left out, and stand-ins. */
import type { Scope } from '../model/scope.ts';
import type { DescribedParts, LeftOut, noResources } from './description.ts';
import { StandInAddresses } from './stand-ins.ts';
import { WrittenEndpoints } from './written-endpoints.ts';
import { WrittenGateways } from './written-gateways.ts';

/** One reading of one document. */
export class CodeContext {
  readonly scope: Scope;
  readonly into: ReturnType<typeof noResources>;
  readonly leftOut: LeftOut[] = [];
  readonly addresses: StandInAddresses;
  /** Transit gateways and VPN, which consist of many small resources in any language. */
  readonly gateways: WrittenGateways;
  readonly endpoints: WrittenEndpoints;

  constructor(scope: Scope, into: ReturnType<typeof noResources>) {
    this.scope = scope;
    this.into = into;
    this.addresses = new StandInAddresses(into.Subnets);
    this.gateways = new WrittenGateways(scope, into, this.addresses);
    this.endpoints = new WrittenEndpoints(scope, into, this.addresses);
  }

  /** What stands beside the resources in a description. */
  get parts(): Pick<DescribedParts, 'transitGatewayRoutes' | 'transitGatewayPropagations' | 'servicePermissions'> {
    return { ...this.gateways.parts, ...this.endpoints.parts };
  }
}
