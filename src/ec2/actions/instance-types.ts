/** Instance types: describe. They are no rows of the model but a table that the project ships. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { findInstanceType, type InstanceType, instanceTypeNames } from '../../model/instance-type-table.ts';
import type { Row } from '../../model/kind.ts';
import { action } from '../action.ts';
import { compileFilters, type FilterTable } from '../filter.ts';
import type { Rendered } from '../operation.ts';
import { paginate } from '../paginate.ts';

/** A type as filters and pages see it. */
interface TypeRow extends Row {
  readonly type: InstanceType;
  /** The same under the SDK's type: the table was reduced from AWS's own answers to this very call. */
  readonly info: Rendered<sdk.InstanceTypeInfo>;
}

function typeRow(name: string): TypeRow | undefined {
  const type = findInstanceType(name);
  return type && { id: name, type, info: type as unknown as Rendered<sdk.InstanceTypeInfo> };
}

const filters: FilterTable<TypeRow> = {
  'auto-recovery-supported': ({ info }) => info.AutoRecoverySupported,
  'bare-metal': ({ info }) => info.BareMetal,
  'burstable-performance-supported': ({ info }) => info.BurstablePerformanceSupported,
  'current-generation': ({ info }) => info.CurrentGeneration,
  'dedicated-hosts-supported': ({ info }) => info.DedicatedHostsSupported,
  'ebs-info.ebs-optimized-support': ({ info }) => info.EbsInfo?.EbsOptimizedSupport,
  'ebs-info.encryption-support': ({ info }) => info.EbsInfo?.EncryptionSupport,
  'ebs-info.nvme-support': ({ info }) => info.EbsInfo?.NvmeSupport,
  'free-tier-eligible': ({ info }) => info.FreeTierEligible,
  'hibernation-supported': ({ info }) => info.HibernationSupported,
  hypervisor: ({ info }) => info.Hypervisor,
  'instance-storage-supported': ({ info }) => info.InstanceStorageSupported,
  'instance-type': ({ id }) => id,
  'memory-info.size-in-mib': ({ info }) => info.MemoryInfo?.SizeInMiB,
  'network-info.bandwidth-weightings': ({ info }) => info.NetworkInfo?.BandwidthWeightings,
  'network-info.efa-info.maximum-efa-interfaces': ({ info }) => info.NetworkInfo?.EfaInfo?.MaximumEfaInterfaces,
  'network-info.efa-supported': ({ info }) => info.NetworkInfo?.EfaSupported,
  'network-info.ena-support': ({ info }) => info.NetworkInfo?.EnaSupport,
  'network-info.encryption-in-transit-supported': ({ info }) => info.NetworkInfo?.EncryptionInTransitSupported,
  'network-info.flexible-ena-queues-support': ({ info }) => info.NetworkInfo?.FlexibleEnaQueuesSupport,
  'network-info.ipv4-addresses-per-interface': ({ info }) => info.NetworkInfo?.Ipv4AddressesPerInterface,
  'network-info.ipv6-addresses-per-interface': ({ info }) => info.NetworkInfo?.Ipv6AddressesPerInterface,
  'network-info.ipv6-supported': ({ info }) => info.NetworkInfo?.Ipv6Supported,
  'network-info.maximum-network-cards': ({ info }) => info.NetworkInfo?.MaximumNetworkCards,
  'network-info.maximum-network-interfaces': ({ info }) => info.NetworkInfo?.MaximumNetworkInterfaces,
  'network-info.network-performance': ({ info }) => info.NetworkInfo?.NetworkPerformance,
  'nitro-enclaves-support': ({ info }) => info.NitroEnclavesSupport,
  'nitro-tpm-support': ({ info }) => info.NitroTpmSupport,
  'placement-group-info.supported-strategies': ({ type }) => type.PlacementGroupInfo.SupportedStrategies,
  'processor-info.supported-architecture': ({ type }) => type.ProcessorInfo.SupportedArchitectures,
  'processor-info.sustained-clock-speed-in-ghz': ({ info }) => info.ProcessorInfo?.SustainedClockSpeedInGhz,
  'supported-boot-mode': ({ info }) => info.SupportedBootModes,
  'supported-root-device-type': ({ info }) => info.SupportedRootDeviceTypes,
  'supported-usage-class': ({ info }) => info.SupportedUsageClasses,
  'supported-virtualization-type': ({ info }) => info.SupportedVirtualizationTypes,
  'vcpu-info.default-cores': ({ info }) => info.VCpuInfo?.DefaultCores,
  'vcpu-info.default-threads-per-core': ({ info }) => info.VCpuInfo?.DefaultThreadsPerCore,
  'vcpu-info.default-vcpus': ({ info }) => info.VCpuInfo?.DefaultVCpus,
  'vcpu-info.valid-cores': ({ info }) => info.VCpuInfo?.ValidCores,
  'vcpu-info.valid-threads-per-core': ({ info }) => info.VCpuInfo?.ValidThreadsPerCore,
};

/** At most so many names in one call. */
const MAX_NAMES = 100;

/** DescribeInstanceTypes. Every type is offered in every Region and zone (on AWS it is not). */
export const DescribeInstanceTypes = action('DescribeInstanceTypes', (request, tx) => {
  const { InstanceTypes: names, Filters } = request;
  if (names && names.length > MAX_NAMES) {
    throw new Fault('InvalidParameterValue', `At most ${MAX_NAMES} instance types can be specified.`);
  }
  if (names && request.MaxResults !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'instanceTypes', other: 'maxResults' });
  }
  const holds = compileFilters(Filters, filters);
  const { rows, nextToken } = paginate<TypeRow>(
    {
      operation: 'DescribeInstanceTypes',
      rows: rowsNamed(names ?? instanceTypeNames()),
      matches: (row) => holds(row, tx),
      keyOf: ({ id }) => id,
      question: [names, Filters],
    },
    request,
  );
  return { InstanceTypes: rows.map(({ info }) => info), NextToken: nextToken };
});

function rowsNamed(names: readonly string[]): readonly TypeRow[] {
  const rows = names.map((name) => typeRow(name) ?? name);
  const unknown = rows.filter((row) => typeof row === 'string');
  if (unknown.length > 0) {
    const message = `The following supplied instance types do not exist: [${unknown.join(', ')}]`;
    throw new Fault('InvalidInstanceType', message);
  }
  return rows.filter((row) => typeof row !== 'string');
}

export const instanceTypeActions = [DescribeInstanceTypes] as const;
