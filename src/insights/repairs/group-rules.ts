/** A rule that a security group lacks: exactly this protocol, port and far side. */
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { type IpAddress, isIpv4 } from '../../net/address.ts';
import { ICMP, ICMPV6, protocolName, TCP, UDP } from '../../net/protocol.ts';
import type { PacketEnds } from '../../tables/data-plane.ts';
import type { ApiCall, Parameters } from '../api-call.ts';
import { blockOf, findRow, holderIn, type LostPacket, lostAtInterface } from './lost-packet.ts';

/** One rule in one of the interface's groups, the narrowest first. */
export function missingGroupRule(lost: LostPacket, direction: 'ingress' | 'egress'): ApiCall[][] {
  const place = lostAtInterface(lost);
  if (!place) return [];
  const far = direction === 'ingress' ? place.source : place.destination;
  const permission = permissionOf(place.ends);
  return place.at.securityGroupIds.flatMap((id) => {
    const group = findRow(lost, SecurityGroup, id);
    if (!group) return [];
    return peersOf(lost, place.at.vpcId, far).map((peer): ApiCall[] => [
      {
        scope: group.tx.scope,
        operation: direction === 'ingress' ? 'AuthorizeSecurityGroupIngress' : 'AuthorizeSecurityGroupEgress',
        parameters: { GroupId: id, IpPermissions: [{ ...permission, ...peer }] },
      },
    ]);
  });
}

/** A rule for an address where only one for a group is, and the way of the packet does not show its sender's groups. */
export function addressInsteadOfReference(lost: LostPacket): ApiCall[][] {
  return missingGroupRule(lost, 'ingress').filter((calls) => !JSON.stringify(calls).includes('UserIdGroupPairs'));
}

/**
 * A group of the far interface says the same as its address and goes on saying it when addresses change, but a group
 * with several interfaces would admit more than this packet: then the address comes first.
 */
function peersOf(lost: LostPacket, vpcId: string, far: IpAddress): readonly Parameters[] {
  const cidr = blockOf(lost, far);
  const block: Parameters = isIpv4(far) ? { IpRanges: [{ CidrIp: cidr }] } : { Ipv6Ranges: [{ CidrIpv6: cidr }] };
  const holder = holderIn(lost.tx, vpcId, far);
  const groupId = holder?.securityGroupIds[0];
  if (groupId === undefined) return [block];
  const reference: Parameters = { UserIdGroupPairs: [{ GroupId: groupId }] };
  const isAlone = lost.tx.count(NetworkInterface, 'securityGroupId', groupId) === 1;
  return isAlone ? [reference, block] : [block, reference];
}

/** Protocol and ports as IpPermission has them; ICMP's type and code stand in the place of ports. */
function permissionOf({ protocol, destinationPort, icmp }: PacketEnds): Parameters {
  if (protocol === TCP || protocol === UDP)
    return { IpProtocol: protocolName(protocol), FromPort: destinationPort, ToPort: destinationPort };
  if (icmp && (protocol === ICMP || protocol === ICMPV6))
    return { IpProtocol: protocol === ICMP ? 'icmp' : 'icmpv6', FromPort: icmp.type, ToPort: icmp.code };
  return { IpProtocol: String(protocol) };
}
