/** Attributes of a VPC that can be changed: DNS and the metrics of address usage. */
import { Fault } from './fault.ts';
import { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** Attributes by their names in the API's requests. */
export interface RequestedVpcAttributes {
  readonly enableDnsSupport: boolean | undefined;
  readonly enableDnsHostnames: boolean | undefined;
  readonly enableNetworkAddressUsageMetrics: boolean | undefined;
}

/**
 * Changes one attribute; a request can name only one.
 * @throws Fault InvalidParameterCombination for none or several, InvalidParameterValue for host names without DNS
 *   support (code and sentence unconfirmed)
 */
export function modifyVpcAttribute(tx: Transaction, vpc: Vpc, requested: RequestedVpcAttributes): Vpc {
  const { enableDnsSupport, enableDnsHostnames, enableNetworkAddressUsageMetrics } = requested;
  const given = Object.values(requested).filter((value) => value !== undefined);
  if (given.length === 0) throw new Fault('InvalidParameterCombination', 'No attributes specified.');
  if (given.length > 1) {
    throw new Fault('InvalidParameterCombination', 'Fields for multiple attribute types specified');
  }
  if (enableDnsHostnames && !vpc.enableDnsSupport) {
    throw new Fault('InvalidParameterValue', 'enableDnsHostnames requires that enableDnsSupport is true.');
  }
  return tx.update(Vpc, vpc.id, {
    ...(enableDnsSupport !== undefined && { enableDnsSupport }),
    ...(enableDnsHostnames !== undefined && { enableDnsHostnames }),
    ...(enableNetworkAddressUsageMetrics !== undefined && { enableNetworkAddressUsageMetrics }),
  });
}
