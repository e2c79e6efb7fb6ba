/**
 * Usage types as they stand in AWS's bills: with a code for the Region in front.
 *
 * Source: AWS Region billing codes (docs.aws.amazon.com/global-infrastructure, aws-region-billing-codes). Codes of
 * Regions after `ap-southeast-7` in this list are taken from bills and older pages: unconfirmed.
 */
import type { Price } from './price-table.ts';

const REGION_CODES: Readonly<Record<string, string>> = {
  'us-east-1': 'USE1',
  'us-east-2': 'USE2',
  'us-west-1': 'USW1',
  'us-west-2': 'USW2',
  'ca-central-1': 'CAN1',
  'ca-west-1': 'CAN2',
  'mx-central-1': 'MXC1',
  'af-south-1': 'AFS1',
  'ap-east-1': 'APE1',
  'ap-east-2': 'APE2',
  'ap-northeast-1': 'APN1',
  'ap-northeast-2': 'APN2',
  'ap-northeast-3': 'APN3',
  'ap-southeast-1': 'APS1',
  'ap-southeast-2': 'APS2',
  'ap-south-1': 'APS3',
  'ap-southeast-3': 'APS4',
  'ap-south-2': 'APS5',
  'ap-southeast-4': 'APS6',
  'ap-southeast-5': 'APS7',
  'ap-southeast-6': 'APS8',
  'ap-southeast-7': 'APS9',
  'eu-west-1': 'EU',
  'eu-west-2': 'EUW2',
  'eu-west-3': 'EUW3',
  'eu-central-1': 'EUC1',
  'eu-central-2': 'EUC2',
  'eu-north-1': 'EUN1',
  'eu-south-1': 'EUS1',
  'eu-south-2': 'EUS2',
  'il-central-1': 'ILC1',
  'me-central-1': 'MEC1',
  'me-south-1': 'MES1',
  'sa-east-1': 'SAE1',
  'us-gov-east-1': 'UGE1',
  'us-gov-west-1': 'UGW1',
};

/**
 * "USE1-PublicIPv4:IdleAddress", "USE1-USW2-AWS-Out-Bytes". A Region whose code is not known stands with its own name.
 * @param otherRegion the Region on the other side of a transfer
 */
export function usageTypeIn(region: string, { usageType, prefixedInUsEast1 }: Price, otherRegion = ''): string {
  const name = usageType.replace('{other}', codeOf(otherRegion));
  return region === 'us-east-1' && !prefixedInUsEast1 ? name : `${codeOf(region)}-${name}`;
}

const codeOf = (region: string): string => REGION_CODES[region] ?? region;
