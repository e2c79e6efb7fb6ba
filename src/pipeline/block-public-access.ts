/**
 * VPC Block Public Access: what an account lets pass between its subnets and the internet, whatever groups, ACLs and
 * routes say.
 *
 * It remembers no flows: of an internet gateway it lets pass everything or nothing, but for NAT gateways, which answer
 * nothing that was not asked (user guide, security-vpc-bpa). That the subnet of the interface whose address is public
 * decides, a NAT gateway's for what goes through it, is unconfirmed; so is that packets between two public addresses of
 * one VPC, which turn round at the gateway, are traffic through it.
 */
import type { IpAddress } from '../net/address.ts';
import type { Interface } from './interface.ts';
import type { Network } from './network.ts';
import type { Decider, DropDeclaration } from './verdict.ts';

/** By which gateway an address is met from outside. */
export type PublicDoor = 'internet-gateway' | 'egress-only-internet-gateway';

/** The drop of both stages. */
export const blockDrops = {
  blocked: {
    when: 'VPC Block Public Access is on for the subnet, and no exclusion lets the packet through the internet gateway',
    code: 'VPC_BLOCK_PUBLIC_ACCESS_ENABLED',
  },
} as const satisfies Record<string, DropDeclaration>;

/** True where nothing goes between this interface and the internet by that door. */
export function isBlocked({ subnet, row }: Interface, door: PublicDoor): boolean {
  const mode = subnet.row?.internetGatewayBlockMode ?? 'off';
  if (mode === 'off') return false;
  return mode === 'block-bidirectional' || (door === 'internet-gateway' && !isNatGateway(row.owner.kind));
}

const isNatGateway = (kind: Interface['row']['owner']['kind']): boolean =>
  kind === 'nat-gateway' || kind === 'regional-nat-gateway';

/** The interface that an address outside leads to, whose subnet is asked. */
export const holderOfPublic = (network: Network, address: IpAddress): Interface | undefined =>
  typeof address === 'number' ? network.publicMapping(address)?.holder : network.publicIpv6Holder(address);

/** The door by which packets of this source come to an interface: that of the way back (see ipv6-gateway.ts). */
export function doorFrom(source: IpAddress, { subnet }: Interface): PublicDoor {
  const target = typeof source === 'bigint' ? subnet.routeTable?.lookup(source)?.target.kind : undefined;
  return target === 'egress-only-internet-gateway' ? target : 'internet-gateway';
}

/** Block Public Access in the VPC of an interface, as the component that decided. */
export const blockingVpc = ({ row: { vpcId }, subnet }: Interface): Decider => ({
  describe: () => ({ kind: 'vpc-block-public-access', id: vpcId, detail: subnet.row?.internetGatewayBlockMode ?? '' }),
});
