/** Which address of a block the customer's site sends from, where its programs have none of their own. */
import { type Ipv4, ipv4 } from './address.ts';
import type { Ipv4Cidr } from './cidr.ts';

/** The first host of the block. */
export const siteAddressIn = ({ address, length }: Ipv4Cidr): Ipv4 => (length >= 31 ? address : ipv4(address + 1));
