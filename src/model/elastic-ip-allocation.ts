/** Allocating Elastic IPs and giving them back. */

import { formatIpv4, type Ipv4 } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import { forgetOffer } from './address-transfers.ts';
import { disassociate } from './elastic-ip-association.ts';
import { Fault } from './fault.ts';
import { interfaceOfElasticIp } from './interface-elastic-ips.ts';
import type { Tags } from './kind.ts';
import { ownElasticIps, returnPublicAddress, takePublicAddress } from './public-addresses.ts';
import { quota } from './quotas.ts';
import { ElasticIp, PublicAddress } from './resources/elastic-ip.ts';
import { NatGateway } from './resources/nat-gateway.ts';
import { Vpc } from './resources/vpc.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

/**
 * A new Elastic IP: any of the pool, or a certain one (recovery of a released one).
 * @throws Fault AddressLimitExceeded, InsufficientAddressCapacity, InvalidAddress.NotFound, AuthFailure
 */
export function allocate(tx: Transaction, networkBorderGroup: string, wanted: Ipv4 | undefined, tags: Tags): ElasticIp {
  if (ownElasticIps(tx) >= quota(tx, 'elasticIpsPerRegion')) throw new Fault('AddressLimitExceeded');
  return tx.insert(ElasticIp, {
    publicIp: wanted === undefined ? takePublicAddress(tx) : recover(tx, wanted),
    networkBorderGroup,
    publicIpv4Pool: 'amazon',
    ptrRecord: undefined,
    association: undefined,
    tags,
  });
}

/** Who had a released address is not remembered: every free one of the pool can be recovered. */
function recover(tx: Transaction, address: Ipv4): Ipv4 {
  const id = formatIpv4(address);
  const world = tx.in(WORLD);
  const holder = world.find(PublicAddress, id);
  if (holder && holder.account !== tx.account) {
    throw new Fault('AuthFailure', `The address '${id}' does not belong to you.`);
  }
  if (holder || !contains(tx.environment.publicPool, address)) throw new Fault('InvalidAddress.NotFound', { id });
  world.put(PublicAddress, { id, account: tx.account, region: tx.region });
  return address;
}

/**
 * Gives an Elastic IP back. An associated one is disassociated first in the default VPC and refused elsewhere.
 * @throws Fault InvalidAddress.Locked for one with a reverse DNS name, InvalidIPAddress.InUse
 */
export function release(tx: Transaction, elasticIp: ElasticIp): void {
  const { publicIp } = elasticIp;
  if (elasticIp.ptrRecord !== undefined) throw new Fault('InvalidAddress.Locked', { id: elasticIp.id });
  const held = interfaceOfElasticIp(tx, elasticIp);
  if (held || isHeldByService(tx, elasticIp)) {
    if (!held || isHeldByService(tx, elasticIp) || !held.owner.get(Vpc, held.row.vpcId).isDefault) {
      throw new Fault('InvalidIPAddress.InUse', { address: formatIpv4(publicIp) });
    }
    disassociate(tx, elasticIp);
  }
  forgetOffer(tx, elasticIp);
  tx.remove(ElasticIp, elasticIp.id);
  returnPublicAddress(tx, publicIp);
}

/** True while a NAT gateway has the address: it stays until that lets go. */
export const isHeldByService = (tx: Transaction, { id }: ElasticIp): boolean =>
  tx.count(NatGateway, 'allocationId', id) > 0;
