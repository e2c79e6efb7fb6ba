/** Which public DNS name a network interface has: that of its IPv4 address, its IPv6 address, or of both. */
import { Fault } from '../../model/fault.ts';
import { requesterManaged } from '../../model/network-interface-faults.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { action, recordOnly } from '../action.ts';
import { choice } from '../choice.ts';

const TYPES = ['public-dual-stack-dns-name', 'public-ipv4-dns-name', 'public-ipv6-dns-name'] as const;

/** ModifyPublicIpDnsNameOptions. Whether AWS refuses a type without such an address is unconfirmed; here it does not. */
export const ModifyPublicIpDnsNameOptions = action(
  'ModifyPublicIpDnsNameOptions',
  (request, tx) => {
    const publicHostnameType = choice(request.HostnameType, TYPES, 'hostnameType');
    if (publicHostnameType === undefined) throw new Fault('MissingParameter', { parameter: 'hostnameType' });
    const one = tx.get(NetworkInterface, request.NetworkInterfaceId);
    if (one.requesterManaged) throw requesterManaged();
    tx.update(NetworkInterface, one.id, { publicHostnameType });
    return { Successful: true };
  },
  recordOnly('The type is kept and shown; names under ip.aws are not given out yet.'),
);

export const publicDnsNameOptionsActions = [ModifyPublicIpDnsNameOptions] as const;
