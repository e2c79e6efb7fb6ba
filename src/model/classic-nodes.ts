/** Nodes of Classic Load Balancers: an interface of ELB's own in each zone, which goes with the load balancer. */
import { createServiceInterface, removeNetworkInterface } from './network-interface-creation.ts';
import { releaseAutoAssigned, takePublicAddress } from './public-addresses.ts';
import type { ClassicLoadBalancer } from './resources/classic-load-balancer.ts';
import type { BalancerNode } from './resources/load-balancer.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import type { Subnet } from './resources/subnet.ts';
import type { Transaction } from './transaction.ts';

/** Makes the node of a subnet; one to the internet has a public address of AWS's. @throws Fault where no address is free */
export function classicNode(
  tx: Transaction,
  { name, scheme, securityGroupIds }: Pick<ClassicLoadBalancer, 'name' | 'scheme' | 'securityGroupIds'>,
  subnet: Subnet,
): BalancerNode {
  const { id } = createServiceInterface(tx, {
    subnet,
    description: `ELB ${name}`,
    interfaceType: 'load_balancer',
    requesterId: 'amazon-elb',
    securityGroupIds,
  });
  if (scheme === 'internet-facing') {
    tx.update(NetworkInterface, id, { autoAssignedPublicIp: takePublicAddress(tx) });
  }
  return {
    zone: subnet.zone,
    subnetId: subnet.id,
    networkInterfaceId: id,
    allocationId: undefined,
    privateIpv4: undefined,
  };
}

export function removeClassicNode(tx: Transaction, { networkInterfaceId }: BalancerNode): void {
  const networkInterface = tx.find(NetworkInterface, networkInterfaceId);
  if (!networkInterface) return;
  releaseAutoAssigned(tx, networkInterface);
  removeNetworkInterface(tx, networkInterface);
}
