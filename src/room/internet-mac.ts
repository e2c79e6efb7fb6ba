/** The MAC of the outside world's interface, and of the machine's beside it: to the fabric they are one. */
import { mac } from '../net/mac.ts';

export const INTERNET_MAC = mac(0x5a00_0000_0001);
