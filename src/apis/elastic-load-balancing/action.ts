/** How actions of Elastic Load Balancing (Classic) are declared. */
import type * as sdk from '@aws-sdk/client-elastic-load-balancing';
import { actionsOf } from '../service-action.ts';

export type Sdk = typeof sdk;

/** Declares an action: see `actionsOf`. */
export const action = actionsOf<Sdk>();
