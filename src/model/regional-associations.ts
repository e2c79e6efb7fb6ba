/** Elastic IPs of regional NAT gateways, which are associated with no interface: the gateway's row alone knows of them. */
import type { AssociationId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { ElasticIp } from './resources/elastic-ip.ts';
import { allocationsOf, NatGateway } from './resources/nat-gateway.ts';
import type { Transaction } from './transaction.ts';

/** The association of an Elastic IP with a regional NAT gateway, if it has one. */
export function regionalAssociation(tx: Transaction, { id }: ElasticIp): AssociationId | undefined {
  const [gateway] = tx.by(NatGateway, 'allocationId', id);
  return gateway?.regional && allocationsOf(gateway).find((one) => one.id === id)?.associationId;
}

/** The association of an Elastic IP, with whatever it may be. */
export const associationOf = (tx: Transaction, elasticIp: ElasticIp): AssociationId | undefined =>
  elasticIp.association?.id ?? regionalAssociation(tx, elasticIp);

/** @throws Fault Resource.AlreadyAssociated */
export function refuseAssociated(tx: Transaction, elasticIps: readonly ElasticIp[]): void {
  for (const elasticIp of elasticIps) {
    const associationId = associationOf(tx, elasticIp);
    if (associationId) throw new Fault('Resource.AlreadyAssociated', { id: elasticIp.id, associationId });
  }
}
