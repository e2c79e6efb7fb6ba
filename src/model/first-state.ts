/** The first state of an account in a Region: its default VPC, and the prefix lists of AWS's services. */
import { isId } from '../net/identifiers.ts';
import { insertAwsPrefixLists } from './aws-services.ts';
import { createDefaultVpc } from './default-vpc.ts';
import { deleteDhcpOptions } from './dhcp-option-sets.ts';
import { Fault } from './fault.ts';
import { findRegion } from './regions.ts';
import { DhcpOptions } from './resources/dhcp-options.ts';
import { InternetGateway } from './resources/internet-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { RouteTable } from './resources/route-table.ts';
import { SecurityGroup } from './resources/security-group.ts';
import { Subnet } from './resources/subnet.ts';
import { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';
import { deleteVpc } from './vpc-lifecycle.ts';

/**
 * Gives a scope what it has before its owner does anything.
 * @throws Fault AuthFailure for a Region that AWS does not have; a name so far from any is in a credential scope only
 */
export function prepareScope(tx: Transaction): void {
  if (!findRegion(tx.region)) {
    throw new Fault('AuthFailure', `Credential should be scoped to a valid region, not '${tx.region}'.`);
  }
  insertAwsPrefixLists(tx);
  createDefaultVpc(tx);
}

/**
 * Takes the first state away again, where nothing has been added to it: for a network that is brought in whole. A Region
 * with anything of its owner's stays as it is.
 */
export function forgetFirstState(tx: Transaction): void {
  const [vpc, other] = tx.list(Vpc);
  if (!vpc?.isDefault || other || tx.count(NetworkInterface, 'vpcId', vpc.id) > 0) return;
  const isAsBorn = ({ id }: Vpc): boolean =>
    tx.count(SecurityGroup, 'vpcId', id) === 1 && tx.count(RouteTable, 'vpcId', id) === 1;
  if (!isAsBorn(vpc)) return;
  for (const subnet of tx.by(Subnet, 'vpcId', vpc.id)) tx.remove(Subnet, subnet.id);
  for (const gateway of tx.by(InternetGateway, 'vpcId', vpc.id)) tx.remove(InternetGateway, gateway.id);
  deleteVpc(tx, vpc);
  if (isId('dopt', vpc.dhcpOptionsId)) deleteDhcpOptions(tx, tx.get(DhcpOptions, vpc.dhcpOptionsId));
}
