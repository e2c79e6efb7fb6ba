/** Interfaces of services take packets for their own addresses alone, whatever their source/destination check says. */
import type { DropDeclaration } from './verdict.ts';

export const ownAddressDrops = {
  'not-its-own': {
    when: 'the interface is a service’s, which takes packets for its own addresses alone',
    code: 'ENI_ADDRESS_RESTRICTION',
  },
} as const satisfies Record<string, DropDeclaration>;
