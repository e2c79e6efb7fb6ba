/**
 * AWS's prices as data: what is charged for which use, from when until when, and where that is written.
 *
 * Prices are in USD and those of us-east-1 where AWS has a price for each Region; `regions` says which. A rule of AWS that
 * changed is a line that ended and another that began.
 */

import type { TransferMeasure } from './transferred-bytes.ts';

/** A way of using a resource that some price list tells from others. */
export type Measure =
  | 'elastic-ip-in-use'
  /** In use by an instance or NAT gateway that has another Elastic IP for longer. */
  | 'elastic-ip-in-use-besides-another'
  | 'elastic-ip-idle'
  | 'elastic-ip-remap'
  | 'auto-assigned-address'
  | 'nat-gateway'
  | 'interface-endpoint'
  | 'transit-gateway-attachment'
  | 'vpn-connection'
  | TransferMeasure;

/** `documentation`: AWS's own pages say so. `field`: bills and price lists of others agree. `unconfirmed`: neither. */
export type Evidence = 'documentation' | 'field' | 'unconfirmed';

/** One line of the price list. */
export interface Price {
  /** As in AWS's bill, without the Region's prefix; `{other}` stands for the code of the Region on the other side. */
  readonly usageType: string;
  /** The service in whose part of the bill it stands. */
  readonly service: 'AmazonEC2' | 'AmazonVPC';
  readonly measures: readonly Measure[];
  readonly unit: 'Hrs' | 'Remaps' | 'GB';
  readonly usdPerUnit: number;
  /** Units of each month that are free, for an account in a Region. */
  readonly freeUnitsPerMonth: number;
  /** Whether a part of a clock hour costs its share or the whole hour. */
  readonly partialHours: 'share' | 'whole';
  /** First day, `2024-02-01` in UTC; undefined for as long as the table goes back. */
  readonly from: string | undefined;
  /** First day on which it no longer holds. */
  readonly until: string | undefined;
  /** Where the price is this one. */
  readonly regions: 'every Region' | 'us-east-1';
  /** Whether the usage type has a prefix in us-east-1 too. */
  readonly prefixedInUsEast1: boolean;
  readonly evidence: Evidence;
  readonly source: string;
}

const EC2_ON_DEMAND = 'https://aws.amazon.com/ec2/pricing/on-demand/';
const ANNOUNCEMENT = 'https://aws.amazon.com/blogs/aws/new-aws-public-ipv4-address-charge-public-ip-insights/';
const VPC_PRICING = 'https://aws.amazon.com/vpc/pricing/';
const TRANSIT_GATEWAY_PRICING = 'https://aws.amazon.com/transit-gateway/pricing/';
const PRIVATELINK_PRICING = 'https://aws.amazon.com/privatelink/pricing/';
const CHARGED_SINCE = '2024-02-01';

const beforeTheCharge = {
  service: 'AmazonEC2',
  unit: 'Hrs',
  freeUnitsPerMonth: 0,
  partialHours: 'share',
  from: undefined,
  until: CHARGED_SINCE,
  // That most Regions had the same is unconfirmed.
  regions: 'us-east-1',
  prefixedInUsEast1: false,
  evidence: 'field',
  source: EC2_ON_DEMAND,
} as const;

/** Granularity per second: VPC user guide, vpc-billing-usage-reports. */
const sinceTheCharge = {
  service: 'AmazonVPC',
  unit: 'Hrs',
  freeUnitsPerMonth: 0,
  partialHours: 'share',
  from: CHARGED_SINCE,
  until: undefined,
  regions: 'every Region',
  prefixedInUsEast1: true,
  evidence: 'documentation',
  source: ANNOUNCEMENT,
} as const;

/** Data transfer. Bytes are those of IP packets with their headers, in GB of 2^30: both unconfirmed. */
const transfer = {
  service: 'AmazonEC2',
  unit: 'GB',
  freeUnitsPerMonth: 0,
  partialHours: 'share',
  from: undefined,
  until: undefined,
  regions: 'us-east-1',
  prefixedInUsEast1: false,
  evidence: 'field',
  source: EC2_ON_DEMAND,
} as const;

/** "Each partial hour consumed is billed as a full hour": PrivateLink, transit gateway and VPN pricing. */
const gatewayHours = {
  service: 'AmazonVPC',
  unit: 'Hrs',
  freeUnitsPerMonth: 0,
  partialHours: 'whole',
  from: undefined,
  until: undefined,
  regions: 'us-east-1',
  prefixedInUsEast1: true,
  evidence: 'field',
  source: TRANSIT_GATEWAY_PRICING,
} as const;
const free = { usdPerUnit: 0, regions: 'every Region', evidence: 'documentation' } as const;

/** Of one measure, no two lines hold on the same day. What has no line is free and stands on no bill. */
export const PRICES: readonly Price[] = [
  { ...beforeTheCharge, usageType: 'ElasticIP:Address', measures: ['elastic-ip-in-use'], usdPerUnit: 0 },
  {
    ...beforeTheCharge,
    usageType: 'ElasticIP:AdditionalAddress',
    measures: ['elastic-ip-in-use-besides-another'],
    usdPerUnit: 0.005,
  },
  { ...beforeTheCharge, usageType: 'ElasticIP:IdleAddress', measures: ['elastic-ip-idle'], usdPerUnit: 0.005 },
  {
    ...beforeTheCharge,
    usageType: 'ElasticIP:Remap',
    measures: ['elastic-ip-remap'],
    unit: 'Remaps',
    usdPerUnit: 0.1,
    // That they are counted over all addresses of the account in the Region is unconfirmed.
    freeUnitsPerMonth: 100,
  },
  {
    ...sinceTheCharge,
    usageType: 'PublicIPv4:InUseAddress',
    measures: ['elastic-ip-in-use', 'elastic-ip-in-use-besides-another', 'auto-assigned-address'],
    usdPerUnit: 0.005,
  },
  { ...sinceTheCharge, usageType: 'PublicIPv4:IdleAddress', measures: ['elastic-ip-idle'], usdPerUnit: 0.005 },
  {
    usageType: 'NatGateway-Hours',
    service: 'AmazonEC2',
    measures: ['nat-gateway'],
    unit: 'Hrs',
    usdPerUnit: 0.045,
    freeUnitsPerMonth: 0,
    // "Each partial NAT Gateway-hour consumed is billed as a full hour"; that hours are the clock's is unconfirmed.
    partialHours: 'whole',
    from: undefined,
    until: undefined,
    regions: 'us-east-1',
    // Bills with USE1- have been seen as well.
    prefixedInUsEast1: false,
    evidence: 'documentation',
    source: VPC_PRICING,
  },
  {
    ...transfer,
    usageType: 'NatGateway-Bytes',
    measures: ['nat-gateway-bytes'],
    usdPerUnit: 0.045,
    evidence: 'documentation',
    source: VPC_PRICING,
  },
  // Names: VPC user guide, vpc-billing-usage-reports.
  { ...gatewayHours, usageType: 'TransitGateway-Hours', measures: ['transit-gateway-attachment'], usdPerUnit: 0.05 },
  {
    ...transfer,
    usageType: 'TransitGateway-Bytes',
    service: 'AmazonVPC',
    measures: ['transit-gateway-bytes'],
    usdPerUnit: 0.02,
    prefixedInUsEast1: true,
    source: TRANSIT_GATEWAY_PRICING,
  },
  // In each zone.
  {
    ...gatewayHours,
    usageType: 'VpcEndpoint-Hours',
    measures: ['interface-endpoint'],
    usdPerUnit: 0.01,
    source: PRIVATELINK_PRICING,
  },
  // Of the first PB a month; the rest is cheaper.
  {
    ...transfer,
    usageType: 'VpcEndpoint-Bytes',
    service: 'AmazonVPC',
    measures: ['interface-endpoint-bytes'],
    usdPerUnit: 0.01,
    prefixedInUsEast1: true,
    evidence: 'documentation',
    source: PRIVATELINK_PRICING,
  },
  {
    ...gatewayHours,
    usageType: 'VPN-Usage-Hours:ipsec.1',
    measures: ['vpn-connection'],
    usdPerUnit: 0.05,
    prefixedInUsEast1: false,
    source: 'https://aws.amazon.com/vpn/pricing/',
  },
  { ...transfer, usageType: 'DataTransfer-Regional-Bytes', measures: ['transfer-inside-region'], usdPerUnit: 0.01 },
  // Of the first 10 TB a month; the rest is cheaper.
  { ...transfer, usageType: 'DataTransfer-Out-Bytes', measures: ['transfer-to-internet'], usdPerUnit: 0.09 },
  { ...transfer, ...free, usageType: 'DataTransfer-In-Bytes', measures: ['transfer-from-internet'] },
  // The price of most pairs of Regions in the United States and Europe; others cost more.
  {
    ...transfer,
    usageType: '{other}-AWS-Out-Bytes',
    measures: ['transfer-to-region'],
    usdPerUnit: 0.02,
    prefixedInUsEast1: true,
  },
  {
    ...transfer,
    ...free,
    usageType: '{other}-AWS-In-Bytes',
    measures: ['transfer-from-region'],
    prefixedInUsEast1: true,
  },
];

/** What a bill of AWS has and the meter does not see; said wherever costs are shown. */
export const NOT_METERED: readonly string[] = [
  'free tiers, and the lower prices of much data transfer',
  'public addresses of VPN tunnels, and what goes between VPCs and the customer’s site',
];

/** Each line with the time in which it holds, in milliseconds since the epoch. */
const PERIODS = PRICES.map((price) => ({
  price,
  fromMs: price.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(price.from),
  untilMs: price.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(price.until),
}));

/** Times at which some price changes, ascending, in milliseconds since the epoch. */
export const PRICE_CHANGES: readonly number[] = [
  ...new Set(PERIODS.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs])),
]
  .filter(Number.isFinite)
  .sort((one, other) => one - other);

/** The price of a measure at a time in milliseconds since the epoch; undefined where it is free and on no bill. */
export const priceOf = (measure: Measure, atMs: number): Price | undefined =>
  PERIODS.find(({ price, fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs && price.measures.includes(measure))
    ?.price;
