/** Which public DNS name a network interface has: that of its IPv4 address, its IPv6 address, or of both. */
import { publicNamesOf } from '../../model/dns-names.ts';
import { Fault } from '../../model/fault.ts';
import { requesterManaged } from '../../model/network-interface-faults.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { primaryMapping } from './network-interface-rendering.ts';

const TYPES = ['public-dual-stack-dns-name', 'public-ipv4-dns-name', 'public-ipv6-dns-name'] as const;

/**
 * ModifyPublicIpDnsNameOptions. The interface must have the addresses that the name is made of, and its VPC must give
 * out names (user guide, hostname-types); with which code AWS refuses is unconfirmed.
 */
export const ModifyPublicIpDnsNameOptions = action('ModifyPublicIpDnsNameOptions', (request, tx) => {
  const type = choice(request.HostnameType, TYPES, 'hostnameType');
  if (type === undefined) throw new Fault('MissingParameter', { parameter: 'hostnameType' });
  const one = tx.get(NetworkInterface, request.NetworkInterfaceId);
  if (one.requesterManaged) throw requesterManaged();
  const { ipv4, ipv6, dualStack } = publicNamesOf(tx, one, primaryMapping(tx, one)?.publicAddress);
  const names = {
    'public-dual-stack-dns-name': dualStack,
    'public-ipv4-dns-name': ipv4,
    'public-ipv6-dns-name': ipv6,
  };
  if (names[type] === undefined) {
    const reason = `The network interface ${one.id} has no addresses for such a name, or its VPC has no public DNS names.`;
    throw new Fault('InvalidParameterValue', { value: type, parameter: 'hostnameType', reason });
  }
  tx.update(NetworkInterface, one.id, { publicHostnameType: type });
  return { Successful: true };
});

export const publicDnsNameOptionsActions = [ModifyPublicIpDnsNameOptions] as const;
