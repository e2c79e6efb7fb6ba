/** The table behind `regions.ts`: partitions and Regions as data. What is not vouched for is marked unconfirmed. */

/** A partition: a group of Regions with its own accounts, ARNs and DNS suffix. */
export interface Partition {
  /** The word in ARNs: "aws", "aws-cn". */
  readonly name: PartitionName;
  /** "amazonaws.com" */
  readonly dnsSuffix: string;
  /** Suffix of dual-stack endpoints: "api.aws". */
  readonly dualStackDnsSuffix: string;
}

export type PartitionName =
  | 'aws'
  | 'aws-cn'
  | 'aws-us-gov'
  | 'aws-iso'
  | 'aws-iso-b'
  | 'aws-iso-e'
  | 'aws-iso-f'
  | 'aws-eusc';

/** One line of the table. */
export interface RegionEntry {
  readonly partition: PartitionName;
  readonly name: string;
  readonly description: string;
  readonly geography: string;
  /** What AZ ids begin with: "use1" of "use1-az1". */
  readonly zoneIdPrefix: string;
  /** Letter of each zone and the number in its AZ id: "a1 b2 c3". */
  readonly zones: string;
  readonly enabledByDefault: boolean;
}

export const PARTITIONS: Readonly<Record<PartitionName, Partition>> = {
  aws: { name: 'aws', dnsSuffix: 'amazonaws.com', dualStackDnsSuffix: 'api.aws' },
  'aws-cn': { name: 'aws-cn', dnsSuffix: 'amazonaws.com.cn', dualStackDnsSuffix: 'api.amazonwebservices.com.cn' },
  'aws-us-gov': { name: 'aws-us-gov', dnsSuffix: 'amazonaws.com', dualStackDnsSuffix: 'api.aws' },
  'aws-iso': { name: 'aws-iso', dnsSuffix: 'c2s.ic.gov', dualStackDnsSuffix: 'api.aws.ic.gov' },
  'aws-iso-b': { name: 'aws-iso-b', dnsSuffix: 'sc2s.sgov.gov', dualStackDnsSuffix: 'api.aws.scloud' },
  'aws-iso-e': { name: 'aws-iso-e', dnsSuffix: 'cloud.adc-e.uk', dualStackDnsSuffix: 'api.cloud-aws.adc-e.uk' },
  'aws-iso-f': { name: 'aws-iso-f', dnsSuffix: 'csp.hci.ic.gov', dualStackDnsSuffix: 'api.aws.hci.ic.gov' },
  'aws-eusc': { name: 'aws-eusc', dnsSuffix: 'amazonaws.eu', dualStackDnsSuffix: 'api.amazonwebservices.eu' },
};

type Line = readonly [
  name: string,
  description: string,
  geography: string,
  zoneIdPrefix: string,
  zones: string,
  optIn?: 'opt-in',
];

const inPartition = (partition: PartitionName, lines: readonly Line[]): RegionEntry[] =>
  lines.map(([name, description, geography, zoneIdPrefix, zones, optIn]) => ({
    partition,
    name,
    description,
    geography,
    zoneIdPrefix,
    zones,
    enabledByDefault: optIn === undefined,
  }));

export const REGION_TABLE: readonly RegionEntry[] = [
  ...inPartition('aws', [
    ['us-east-1', 'US East (N. Virginia)', 'United States of America', 'use1', 'a1 b2 c3 d4 e5 f6'],
    ['us-east-2', 'US East (Ohio)', 'United States of America', 'use2', 'a1 b2 c3'],
    // A new account has two of the three zones; which letters they have is unconfirmed.
    ['us-west-1', 'US West (N. California)', 'United States of America', 'usw1', 'a1 c3'],
    ['us-west-2', 'US West (Oregon)', 'United States of America', 'usw2', 'a1 b2 c3 d4'],
    ['af-south-1', 'Africa (Cape Town)', 'South Africa', 'afs1', 'a1 b2 c3', 'opt-in'],
    ['ap-east-1', 'Asia Pacific (Hong Kong)', 'Hong Kong', 'ape1', 'a1 b2 c3', 'opt-in'],
    ['ap-east-2', 'Asia Pacific (Taipei)', 'Taiwan', 'ape2', 'a1 b2 c3', 'opt-in'],
    // A new account has three of the four zones.
    ['ap-northeast-1', 'Asia Pacific (Tokyo)', 'Japan', 'apne1', 'a4 c1 d2'],
    ['ap-northeast-2', 'Asia Pacific (Seoul)', 'South Korea', 'apne2', 'a1 b2 c3 d4'],
    ['ap-northeast-3', 'Asia Pacific (Osaka)', 'Japan', 'apne3', 'a1 b2 c3'],
    ['ap-south-1', 'Asia Pacific (Mumbai)', 'India', 'aps1', 'a1 b2 c3'],
    ['ap-south-2', 'Asia Pacific (Hyderabad)', 'India', 'aps2', 'a1 b2 c3', 'opt-in'],
    ['ap-southeast-1', 'Asia Pacific (Singapore)', 'Singapore', 'apse1', 'a1 b2 c3'],
    ['ap-southeast-2', 'Asia Pacific (Sydney)', 'Australia', 'apse2', 'a1 b2 c3'],
    ['ap-southeast-3', 'Asia Pacific (Jakarta)', 'Indonesia', 'apse3', 'a1 b2 c3', 'opt-in'],
    ['ap-southeast-4', 'Asia Pacific (Melbourne)', 'Australia', 'apse4', 'a1 b2 c3', 'opt-in'],
    ['ap-southeast-5', 'Asia Pacific (Malaysia)', 'Malaysia', 'apse5', 'a1 b2 c3', 'opt-in'],
    ['ap-southeast-6', 'Asia Pacific (New Zealand)', 'New Zealand', 'apse6', 'a1 b2 c3', 'opt-in'],
    ['ap-southeast-7', 'Asia Pacific (Thailand)', 'Thailand', 'apse7', 'a1 b2 c3', 'opt-in'],
    // A new account has three of the four zones.
    ['ca-central-1', 'Canada (Central)', 'Canada', 'cac1', 'a1 b2 d4'],
    ['ca-west-1', 'Canada West (Calgary)', 'Canada', 'caw1', 'a1 b2 c3', 'opt-in'],
    ['eu-central-1', 'Europe (Frankfurt)', 'Germany', 'euc1', 'a1 b2 c3'],
    ['eu-central-2', 'Europe (Zurich)', 'Switzerland', 'euc2', 'a1 b2 c3', 'opt-in'],
    ['eu-north-1', 'Europe (Stockholm)', 'Sweden', 'eun1', 'a1 b2 c3'],
    ['eu-south-1', 'Europe (Milan)', 'Italy', 'eus1', 'a1 b2 c3', 'opt-in'],
    ['eu-south-2', 'Europe (Spain)', 'Spain', 'eus2', 'a1 b2 c3', 'opt-in'],
    ['eu-west-1', 'Europe (Ireland)', 'Ireland', 'euw1', 'a1 b2 c3'],
    ['eu-west-2', 'Europe (London)', 'United Kingdom', 'euw2', 'a1 b2 c3'],
    ['eu-west-3', 'Europe (Paris)', 'France', 'euw3', 'a1 b2 c3'],
    ['il-central-1', 'Israel (Tel Aviv)', 'Israel', 'ilc1', 'a1 b2 c3', 'opt-in'],
    ['me-central-1', 'Middle East (UAE)', 'United Arab Emirates', 'mec1', 'a1 b2 c3', 'opt-in'],
    ['me-south-1', 'Middle East (Bahrain)', 'Bahrain', 'mes1', 'a1 b2 c3', 'opt-in'],
    // Zones unconfirmed: the Region is announced in the partition data only.
    ['me-west-1', 'Middle East (Saudi Arabia)', 'Saudi Arabia', 'mew1', 'a1 b2 c3', 'opt-in'],
    ['mx-central-1', 'Mexico (Central)', 'Mexico', 'mxc1', 'a1 b2 c3', 'opt-in'],
    ['sa-east-1', 'South America (Sao Paulo)', 'Brazil', 'sae1', 'a1 b2 c3'],
    // Zones unconfirmed: the Region is announced in the partition data only.
    ['sa-west-1', 'South America (Chile)', 'Chile', 'saw1', 'a1 b2 c3', 'opt-in'],
  ]),
  ...inPartition('aws-cn', [
    // That the letter of the third zone is d is unconfirmed.
    ['cn-north-1', 'China (Beijing)', 'China', 'cnn1', 'a1 b2 d4'],
    ['cn-northwest-1', 'China (Ningxia)', 'China', 'cnw1', 'a1 b2 c3'],
  ]),
  ...inPartition('aws-us-gov', [
    ['us-gov-east-1', 'AWS GovCloud (US-East)', 'United States of America', 'usge1', 'a1 b2 c3'],
    ['us-gov-west-1', 'AWS GovCloud (US-West)', 'United States of America', 'usgw1', 'a1 b2 c3'],
  ]),
  ...inPartition('aws-iso', [
    // Zones and their ids unconfirmed.
    ['us-iso-east-1', 'US ISO East', 'United States of America', 'usie1', 'a1 b2 c3'],
    // Zones and their ids unconfirmed.
    ['us-iso-west-1', 'US ISO WEST', 'United States of America', 'usiw1', 'a1 b2 c3'],
  ]),
  ...inPartition('aws-iso-b', [
    // Zones and their ids unconfirmed.
    ['us-isob-east-1', 'US ISOB East (Ohio)', 'United States of America', 'usibe1', 'a1 b2 c3'],
    // Zones and their ids unconfirmed.
    ['us-isob-west-1', 'US ISOB West', 'United States of America', 'usibw1', 'a1 b2 c3'],
  ]),
  ...inPartition('aws-iso-e', [
    // Zones and their ids unconfirmed.
    ['eu-isoe-west-1', 'EU ISOE West', 'United Kingdom', 'euiew1', 'a1 b2 c3'],
  ]),
  ...inPartition('aws-iso-f', [
    // Zones and their ids unconfirmed.
    ['us-isof-east-1', 'US ISOF EAST', 'United States of America', 'usife1', 'a1 b2 c3'],
    // Zones and their ids unconfirmed.
    ['us-isof-south-1', 'US ISOF SOUTH', 'United States of America', 'usifs1', 'a1 b2 c3'],
  ]),
  ...inPartition('aws-eusc', [
    // Zones and their ids unconfirmed.
    ['eusc-de-east-1', 'AWS European Sovereign Cloud (Germany)', 'Germany', 'eusc1', 'a1 b2'],
  ]),
];
