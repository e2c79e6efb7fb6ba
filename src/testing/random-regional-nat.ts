/** Regional NAT gateways of random networks, and what VPC Block Public Access leaves there. */
import fc from 'fast-check';
import type { HostSpec, NetworkOptions } from './network-rows.ts';
import type { RegionalNatSpec } from './regional-nat-rows.ts';

export const TO_REGIONAL_NAT = '0.0.0.0/0 nat regional';

/** What VPC Block Public Access leaves of a subnet. */
export const blockMode = fc.constantFrom('off', 'off', 'block-bidirectional', 'block-ingress');

export type GivenMode = typeof blockMode extends fc.Arbitrary<infer Mode> ? Mode : never;

/** A regional NAT gateway in the first VPC, in one of its zones or both. `routesBack`: more that its table may hold. */
export const regionalNat = (routesBack: readonly string[]) =>
  fc.record({
    zones: fc.constantFrom(
      { 'use1-az1': ['198.18.0.211'], 'use1-az2': ['198.18.0.212'] },
      { 'use1-az1': ['198.18.0.211'] },
      { 'use1-az2': ['198.18.0.212'] },
    ),
    routes: fc
      .subarray(['10.1.0.0/16 tgw hub', '10.0.1.0/24 to-host b', ...routesBack])
      .map((more) => ['0.0.0.0/0 internet', ...more]),
    blockMode,
  });

/** Its table may lead answers to an appliance of the VPC. */
export function regionalOf(
  spec: { readonly zones: RegionalNatSpec['zones']; readonly routes: readonly string[]; readonly blockMode: GivenMode },
  hosts: Readonly<Record<string, HostSpec>>,
): NetworkOptions {
  const isPossible = (route: string): boolean => !route.includes('to-host') || hosts.b?.vpc === 'main';
  return { regionalNats: { regional: { ...spec, routes: spec.routes.filter(isPossible) } } };
}
