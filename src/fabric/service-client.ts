/** Who asks a link-local service, by the address that the service sees. */
import type { IpAddress } from '../net/address.ts';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import type { Network } from '../pipeline/network.ts';
import { serviceClientOf } from '../pipeline/service-address.ts';

/** The interface that an address inside the services' network stands for, `internet` for the outside world. */
export function serviceClientIn(network: Network, address: IpAddress): NetworkInterfaceId | 'internet' | undefined {
  const client = serviceClientOf(address);
  if (!client) return undefined;
  if (client.isInternet) return 'internet';
  return network.interfaceAtIndex(client.interfaceIndex)?.row.id;
}
