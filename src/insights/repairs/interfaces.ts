/** What an interface or its instance lacks: a public address, the source/destination check switched off, a guest that runs. */

import { instanceOfInterface } from '../../model/instance-interfaces.ts';
import { ElasticIp } from '../../model/resources/elastic-ip.ts';
import { InternetGateway } from '../../model/resources/internet-gateway.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { formatAddress, type IpAddress } from '../../net/address.ts';
import type { ApiCall } from '../api-call.ts';
import { internetGatewayFor } from './gateways.ts';
import { findRow, holderIn, type LostPacket, lostAtInterface } from './lost-packet.ts';

/** An Elastic IP that points nowhere, else a new one, for this private address. */
export function publicAddressFor(lost: LostPacket, interfaceId: string, address: IpAddress): ApiCall[][] {
  const found = findRow(lost, NetworkInterface, interfaceId);
  if (!found) return [];
  const { tx } = found;
  const { scope } = tx;
  const associate = (AllocationId: string): ApiCall => ({
    scope,
    operation: 'AssociateAddress',
    parameters: {
      AllocationId,
      NetworkInterfaceId: interfaceId,
      ...(found.row.ipv4Addresses.length > 1 ? { PrivateIpAddress: formatAddress(address) } : {}),
    },
  });
  const free = tx.list(ElasticIp, ({ association }) => association === undefined)[0];
  if (free) return [[associate(free.id)]];
  const allocate: ApiCall = {
    scope,
    operation: 'AllocateAddress',
    parameters: { Domain: 'vpc' },
    saves: { name: 'ALLOCATION', path: 'AllocationId' },
  };
  return [[allocate, associate('$ALLOCATION')]];
}

/** For the interface that the packet's source belongs to, of the VPC that it leaves. */
export function publicAddressOfSource(lost: LostPacket): ApiCall[][] {
  const place = lostAtInterface(lost);
  if (!place) return [];
  const vpcId = place.at.vpcId;
  const home = findRow(lost, NetworkInterface, place.at.interfaceId);
  const holder = home && holderIn(home.tx, vpcId, place.source);
  return holder ? publicAddressFor(lost, holder.id, place.source) : [];
}

/** For the end that a question from outside is about; EC2 wants the VPC to have an internet gateway before. */
export function publicAddressOfDestination(lost: LostPacket): ApiCall[][] {
  const { to } = lost.question;
  if (!to.interface || lost.way !== 'forward') return [];
  const addresses = publicAddressFor(lost, to.interface.id, to.address);
  const { vpcId } = to.interface;
  if (lost.tx.count(InternetGateway, 'vpcId', vpcId) > 0) return addresses;
  return internetGatewayFor(lost, vpcId).flatMap((gateway) => addresses.map((calls) => [...gateway, ...calls]));
}

/** The check of the interface at which the packet was lost. */
export function switchCheckOff(lost: LostPacket): ApiCall[][] {
  const found = lost.step?.at && findRow(lost, NetworkInterface, lost.step.at.interfaceId);
  if (!found) return [];
  return [
    [
      {
        scope: found.tx.scope,
        operation: 'ModifyNetworkInterfaceAttribute',
        parameters: { NetworkInterfaceId: found.row.id, SourceDestCheck: { Value: false } },
      },
    ],
  ];
}

/** The instance of an interface, where it is stopped. */
export function startOwner(lost: LostPacket, interfaceId: string): ApiCall[][] {
  const found = findRow(lost, NetworkInterface, interfaceId);
  const instance = found && instanceOfInterface(found.tx, found.row);
  if (instance?.row.state !== 'stopped') return [];
  const { row, owner } = instance;
  return [[{ scope: owner.scope, operation: 'StartInstances', parameters: { InstanceIds: [row.id] } }]];
}

/** Whoever is stopped of the two ends. */
export const startEnds = (lost: LostPacket): ApiCall[][] =>
  [lost.question.from, lost.question.to].flatMap((end) => (end.interface ? startOwner(lost, end.interface.id) : []));
