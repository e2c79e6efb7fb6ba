/** Calls of the services beside EC2, without a wire: `elbv2(account)('CreateLoadBalancer', { Name: 'web', Subnets: [subnet] })`. */

import type { Sdk as ClassicSdk } from '../apis/elastic-load-balancing/action.ts';
import { allActions as classicActions } from '../apis/elastic-load-balancing/actions/all.ts';
import type { Sdk as V2Sdk } from '../apis/elastic-load-balancing-v2/action.ts';
import { allActions as v2Actions } from '../apis/elastic-load-balancing-v2/actions/all.ts';
import type { Sdk as FirewallSdk } from '../apis/network-firewall/action.ts';
import { allActions as firewallActions } from '../apis/network-firewall/actions/all.ts';
import type { OperationNameOf, RequestOf, ResultOf } from '../apis/operation.ts';
import type { ServiceAction } from '../apis/service-action.ts';
import type { DecodedStructure } from '../ec2/decode.ts';
import type { Transaction } from '../model/transaction.ts';
import type { TestAccount } from './account.ts';

/** Calls an operation in a transaction of its own. @throws Fault as the caller would see it */
export type ServiceCaller<Sdk> = <const N extends OperationNameOf<Sdk> & string>(
  name: N,
  request: RequestOf<Sdk, N>,
) => ResultOf<Sdk, N>;

function callerOf<Sdk>(account: TestAccount, actions: readonly ServiceAction[]): ServiceCaller<Sdk> {
  const call: unknown = (name: string, request: DecodedStructure) => {
    const action = actions.find((candidate) => candidate.name === name);
    if (!action) throw new Error(`no action serves ${name}; is its list in actions/all.ts?`);
    const work = (tx: Transaction): object => action.call(request, tx);
    return request.DryRun === true ? account.dryRun(work) : account.transact(work);
  };
  // The request's type is the SDK's, and so is the answer's: what the action itself was declared with.
  return call as ServiceCaller<Sdk>;
}

/** Elastic Load Balancing v2, as this account calls it. */
export const elbv2 = (account: TestAccount) => callerOf<V2Sdk>(account, v2Actions);

/** Classic Load Balancers. */
export const elb = (account: TestAccount) => callerOf<ClassicSdk>(account, classicActions);

/** Network Firewall. */
export const networkFirewall = (account: TestAccount) => callerOf<FirewallSdk>(account, firewallActions);
