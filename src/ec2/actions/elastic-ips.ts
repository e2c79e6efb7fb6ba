/** Elastic IPs: allocate, associate, disassociate, release, describe. */

import type * as sdk from '@aws-sdk/client-ec2';
import { allocate, isHeldByService, release } from '../../model/elastic-ip-allocation.ts';
import { associate, disassociate, onlyInterfaceOf } from '../../model/elastic-ip-association.ts';
import { Fault } from '../../model/fault.ts';
import { elasticIpOfAssociation, interfaceOfElasticIp, interfaceOwnerOf } from '../../model/interface-elastic-ips.ts';
import { requesterManaged } from '../../model/network-interface-faults.ts';
import { permittedInterface } from '../../model/network-interface-permissions.ts';
import type { Owned } from '../../model/owned.ts';
import { associationOf } from '../../model/regional-associations.ts';
import { ElasticIp } from '../../model/resources/elastic-ip.ts';
import { Instance } from '../../model/resources/instance.ts';
import { NatGateway } from '../../model/resources/nat-gateway.ts';
import type { NetworkInterface } from '../../model/resources/network-interface.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatIpv4, parseIpv4 } from '../../net/address.ts';
import { isId } from '../../net/identifiers.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import type { RequestOf } from '../operation.ts';
import { describeTags } from '../tag-set.ts';
import { requestedIpv4 } from './address-parameters.ts';

/** AllocateAddress. */
export const AllocateAddress = action('AllocateAddress', (request, tx) => {
  // What AWS answers to `standard` since EC2-Classic is gone is unconfirmed.
  choice(request.Domain, ['vpc'], 'domain');
  refusePools(request);
  const networkBorderGroup = request.NetworkBorderGroup ?? tx.region;
  if (networkBorderGroup !== tx.region) {
    throw new Fault('InvalidParameterValue', {
      value: networkBorderGroup,
      parameter: 'networkBorderGroup',
      reason: '',
    });
  }
  const tags = tagsOf(request.TagSpecifications, 'elastic-ip');
  const wanted = request.Address === undefined ? undefined : publicIp(request.Address);
  const elasticIp = allocate(tx, networkBorderGroup, wanted, tags);
  return {
    PublicIp: formatIpv4(elasticIp.publicIp),
    AllocationId: elasticIp.id,
    PublicIpv4Pool: elasticIp.publicIpv4Pool,
    NetworkBorderGroup: elasticIp.networkBorderGroup,
    Domain: 'vpc',
  };
});

function refusePools(request: RequestOf<'AllocateAddress'>): void {
  if (request.CustomerOwnedIpv4Pool !== undefined || request.IpamPoolId !== undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc serves neither IPAM pools nor customer-owned pools.');
  }
  if (request.PublicIpv4Pool !== undefined && request.PublicIpv4Pool !== 'amazon') {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve pools of own addresses (BYOIP).');
  }
}

function publicIp(text: string) {
  const address = parseIpv4(text);
  if (address === undefined) throw new Fault('InvalidAddress.Malformed', { address: text });
  return address;
}

/** AssociateAddress. Without AllowReassociation an address moves: the default of accounts that never had EC2-Classic. */
export const AssociateAddress = action('AssociateAddress', (request, tx) => {
  const { AllocationId, InstanceId, NetworkInterfaceId, PrivateIpAddress } = request;
  if (InstanceId !== undefined && NetworkInterfaceId !== undefined) {
    const message = 'You may specify InstanceId or NetworkInterfaceId, but not both in the same call';
    throw new Fault('InvalidParameterCombination', message);
  }
  if (AllocationId === undefined && request.PublicIp !== undefined) {
    const message = 'You must specify an allocation id when mapping an address to a VPC instance';
    throw new Fault('InvalidParameterCombination', message);
  }
  if (AllocationId === undefined) throw new Fault('MissingParameter', { parameter: 'AllocationId' });
  const elasticIp = allocation(tx, AllocationId);
  const networkInterface = target(tx, InstanceId, NetworkInterfaceId);
  if (networkInterface.row.requesterManaged) throw requesterManaged();
  if (isHeldByService(tx, elasticIp)) throw requesterManaged();
  const { association } = associate(tx, {
    elasticIp,
    networkInterface,
    privateIpAddress: PrivateIpAddress === undefined ? undefined : requestedIpv4(PrivateIpAddress),
    allowReassociation: request.AllowReassociation ?? true,
  });
  return { AssociationId: association?.id };
});

function target(
  tx: Transaction,
  instanceId: string | undefined,
  interfaceId: string | undefined,
): Owned<NetworkInterface> {
  if (interfaceId !== undefined) return permittedInterface(tx, interfaceId, 'EIP-ASSOCIATE');
  // Which sentence AWS has for a call without a target is unconfirmed.
  if (instanceId === undefined)
    throw new Fault('MissingParameter', 'Either instance ID or network interface id must be specified');
  return { row: onlyInterfaceOf(tx, tx.get(Instance, instanceId)), owner: tx };
}

/** AWS has no code of its own for a malformed allocation id (unconfirmed): it is simply not found. */
const allocation = (tx: Transaction, id: string): ElasticIp => tx.get(ElasticIp, id);

/** DisassociateAddress. Where address and interface are of two accounts, both may end it (unconfirmed). */
export const DisassociateAddress = action('DisassociateAddress', (request, tx) => {
  const { AssociationId: id } = request;
  if (id === undefined) {
    if (request.PublicIp === undefined) throw new Fault('MissingParameter', { parameter: 'AssociationId' });
    const message = 'You must specify an association id when unmapping an address from a VPC instance';
    throw new Fault('InvalidParameterValue', message);
  }
  const found = isId('eipassoc', id) ? elasticIpOfAssociation(tx, id) : undefined;
  // By the documentation a repeated call is no error; how AWS tells an id that is gone from one that never was is
  // unconfirmed. Here both are unknown.
  if (tx.count(NatGateway, 'associationId', id) > 0) throw requesterManaged();
  if (!found) throw new Fault('InvalidAssociationID.NotFound', { id });
  if (isHeldByService(found.owner, found.row)) throw requesterManaged();
  disassociate(found.owner, found.row);
});

/** ReleaseAddress. */
export const ReleaseAddress = action('ReleaseAddress', (request, tx) => {
  const { AllocationId: id, NetworkBorderGroup: group } = request;
  if (id === undefined) {
    if (request.PublicIp === undefined) throw new Fault('MissingParameter', { parameter: 'AllocationId' });
    const message = 'You must specify an allocation id when releasing a VPC elastic IP address';
    throw new Fault('InvalidParameterValue', message);
  }
  const elasticIp = allocation(tx, id);
  if (group !== undefined && group !== elasticIp.networkBorderGroup) {
    throw new Fault('InvalidAddress.NotFound', { id: formatIpv4(elasticIp.publicIp) });
  }
  release(tx, elasticIp);
});

const instanceOf = (row: ElasticIp, tx: Transaction): string | undefined =>
  interfaceOfElasticIp(tx, row)?.row.attachment?.instanceId;

const privateAddressOf = ({ association }: ElasticIp): string | undefined =>
  association && formatIpv4(association.privateIpAddress);

/** An Elastic IP as the API shows it. */
export const describeAddress = (row: ElasticIp, tx: Transaction): sdk.Address => ({
  PublicIp: formatIpv4(row.publicIp),
  AllocationId: row.id,
  Domain: 'vpc',
  PublicIpv4Pool: row.publicIpv4Pool,
  NetworkBorderGroup: row.networkBorderGroup,
  ServiceManaged: row.serviceManaged,
  Tags: describeTags(row.tags),
  // With a regional NAT gateway it is associated without an interface (unconfirmed).
  AssociationId: associationOf(tx, row),
  ...(row.association && {
    // Absent without an instance; whether AWS shows it empty then is unconfirmed.
    InstanceId: instanceOf(row, tx),
    NetworkInterfaceId: row.association.networkInterfaceId,
    NetworkInterfaceOwnerId: interfaceOwnerOf(tx, row.association),
    PrivateIpAddress: privateAddressOf(row),
  }),
});

/** DescribeAddresses. */
export const DescribeAddresses = describe('DescribeAddresses', 'Addresses', {
  kind: ElasticIp,
  ids: 'AllocationIds',
  named: ({ PublicIps }, tx) => PublicIps?.map((text) => addressNamed(tx, text)),
  filters: {
    'allocation-id': (row) => row.id,
    'association-id': (row, tx) => associationOf(tx, row),
    domain: () => 'vpc',
    'instance-id': instanceOf,
    'network-border-group': (row) => row.networkBorderGroup,
    'network-interface-id': (row) => row.association?.networkInterfaceId,
    'network-interface-owner-id': (row, tx) => row.association && interfaceOwnerOf(tx, row.association),
    'private-ip-address': privateAddressOf,
    'public-ip': (row) => formatIpv4(row.publicIp),
  },
  render: describeAddress,
});

function addressNamed(tx: Transaction, text: string): ElasticIp {
  const [elasticIp] = tx.by(ElasticIp, 'publicIp', text);
  if (!elasticIp) throw new Fault('InvalidAddress.NotFound', { id: text });
  return elasticIp;
}

export const elasticIpActions = [
  AllocateAddress,
  AssociateAddress,
  DisassociateAddress,
  ReleaseAddress,
  DescribeAddresses,
] as const;
