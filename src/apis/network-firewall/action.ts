/** How actions of Network Firewall are declared. */
import type * as sdk from '@aws-sdk/client-network-firewall';
import { actionsOf } from '../service-action.ts';

export type Sdk = typeof sdk;

/** Declares an action: see `actionsOf`. */
export const action = actionsOf<Sdk>();
