/**
 * Who is charged for packets on a way, and for what.
 *
 * Every part of a way is a transfer of its own between two ends (EC2 on-demand pricing, "Data Transfer within the same AWS
 * Region"; CUR user guide, cur-data-transfers-charges): between zones both ends pay, by public addresses inside a
 * Region both ends pay whatever their zones, between Regions and out to the internet the sender pays. A NAT gateway on the
 * way has processed what passes it, in either direction; a transit gateway charges the attachment that sends into it, and
 * nobody pays for zones on its two sides (transit gateway pricing). An interface endpoint has processed what passes it, in
 * either direction (PrivateLink pricing), and zones on its two sides have been free since April 2022 (AWS What's New).
 */
import type { Scope } from '../model/scope.ts';
import type { TrafficCount, TrafficEnd, TrafficLeg } from '../tables/data-plane.ts';
import type { InterfaceOwner } from '../tables/tables.ts';
import type { TransferMeasure } from './transferred-bytes.ts';

/** Where an end is: whose it is, in which zone, and under which name it stands on a bill. */
export interface Place {
  readonly scope: Scope;
  /** "us-east-1a". */
  readonly zone: string;
  readonly resourceId: string;
}

/** Bytes for which a resource may be charged. */
export interface TransferCharge {
  readonly place: Place;
  readonly measure: TransferMeasure;
  readonly otherRegion: string | undefined;
  readonly bytes: number;
}

/** The charges of what was counted on one way. An end without a place is nobody's any more, and pays nothing. */
export function chargesOf(
  { from, legs, bytes }: TrafficCount,
  placeOf: (end: Exclude<TrafficEnd, 'internet'>) => Place | undefined,
): readonly TransferCharge[] {
  const at = (end: TrafficEnd): Place | 'internet' | undefined => (end === 'internet' ? end : placeOf(end));
  return legs.flatMap((leg, index) => {
    const before = index === 0 ? from : (legs[index - 1]?.to ?? from);
    const receiver = at(leg.to);
    const areZonesFree = ZONES_ARE_FREE_AT.has(kindOf(before)) || ZONES_ARE_FREE_AT.has(kindOf(leg.to));
    const processed = processing(leg.to);
    return [
      ...legCharges(at(before), receiver, { by: leg.by, areZonesFree, isToAws: isToAws(before, leg.to) }, bytes),
      ...(processed ? charge(receiver, processed, bytes) : []),
    ];
  });
}

type End = Place | 'internet' | undefined;

const kindOf = (end: TrafficEnd): InterfaceOwner['kind'] | 'internet' => (end === 'internet' ? end : end.owner.kind);

const ZONES_ARE_FREE_AT: ReadonlySet<ReturnType<typeof kindOf>> = new Set([
  'transit-gateway-attachment',
  'vpc-endpoint',
]);

/** In what measure an end is charged for what goes through it; undefined for those that packets are for. */
function processing(end: TrafficEnd): TransferMeasure | undefined {
  switch (kindOf(end)) {
    case 'nat-gateway':
    case 'regional-nat-gateway':
      return 'nat-gateway-bytes';
    case 'transit-gateway-attachment':
      return 'transit-gateway-bytes';
    case 'vpc-endpoint':
      return 'interface-endpoint-bytes';
    default:
      return undefined;
  }
}

interface Leg extends Pick<TrafficLeg, 'by'> {
  /** To or from a gateway at which nobody pays for zones. */
  readonly areZonesFree: boolean;
  /** Between an interface endpoint and a service of AWS, which is no internet. */
  readonly isToAws: boolean;
}

const isToAws = (one: TrafficEnd, other: TrafficEnd): boolean =>
  [one, other].some((end) => kindOf(end) === 'vpc-endpoint') && [one, other].includes('internet');

function legCharges(
  sender: End,
  receiver: End,
  { by, areZonesFree, isToAws }: Leg,
  bytes: number,
): readonly TransferCharge[] {
  // To S3 and DynamoDB in the Region by a gateway endpoint (VPC pricing).
  if (by === 'endpoint' || isToAws) return [];
  if (receiver === 'internet') return charge(sender, 'transfer-to-internet', bytes);
  if (sender === 'internet') return charge(receiver, 'transfer-from-internet', bytes);
  if (!sender || !receiver) return [];
  const [from, to] = [sender.scope.region, receiver.scope.region];
  if (from !== to) {
    return [
      ...charge(sender, 'transfer-to-region', bytes, to),
      ...charge(receiver, 'transfer-from-region', bytes, from),
    ];
  }
  if (areZonesFree || !isCharged(sender, receiver, by)) return [];
  return [sender, receiver].flatMap((end) => charge(end, 'transfer-inside-region', bytes));
}

/** IPv6 turns round at an internet gateway only on its way to another VPC, which is charged in one zone too. */
function isCharged(sender: Place, receiver: Place, by: TrafficLeg['by']): boolean {
  const isPublic = by === 'internet-gateway' || by === 'egress-only-internet-gateway';
  return isPublic || sender.zone !== receiver.zone;
}

const charge = (
  place: End,
  measure: TransferMeasure,
  bytes: number,
  otherRegion?: string,
): readonly TransferCharge[] =>
  place === undefined || place === 'internet' ? [] : [{ place, measure, otherRegion, bytes }];
