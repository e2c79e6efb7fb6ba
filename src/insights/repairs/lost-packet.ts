/** A packet that was lost, with what a proposal to save it must know: where, why, and the model around it. */
import type { Kind, Row } from '../../model/kind.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import type { Scope } from '../../model/scope.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatAddress, type IpAddress, isIpv4, parseAddress } from '../../net/address.ts';
import type { PacketEnds, TracePlace, TraceStep } from '../../tables/data-plane.ts';
import type { UnderstoodTrace } from '../trace-question.ts';

/** Where and why. */
export interface LostPacket {
  /** The transaction in whose model the packet was lost. */
  readonly tx: Transaction;
  /** Every account and Region of the world. */
  readonly scopes: readonly Scope[];
  readonly way: 'forward' | 'reply';
  /** `stage/reason`. */
  readonly reason: string;
  /** The step that lost it; undefined where it never came as far as a stage. */
  readonly step: TraceStep | undefined;
  readonly path: readonly TraceStep[];
  readonly question: UnderstoodTrace;
}

/** A lost packet at the side of an interface. */
export interface LostAtInterface {
  readonly at: TracePlace;
  readonly ends: PacketEnds;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** The interface and the addresses at which it was lost, undefined at the edges. */
export function lostAtInterface({ step }: LostPacket): LostAtInterface | undefined {
  const at = step?.at;
  const ends = step?.before;
  const source = ends && parseAddress(ends.source);
  const destination = ends && parseAddress(ends.destination);
  if (!at || !ends || source === undefined || destination === undefined) return undefined;
  return { at, ends, source, destination };
}

/** Where a resource lives: a peered VPC may be another account's. */
export function findRow<R extends Row>(
  { tx, scopes }: LostPacket,
  kind: Kind<R>,
  id: string,
): { readonly row: R; readonly tx: Transaction } | undefined {
  for (const scope of [tx.scope, ...scopes]) {
    const there = tx.in(scope);
    const row = there.find(kind, id);
    if (row) return { row, tx: there };
  }
  return undefined;
}

/** The interface of a VPC that has a private address. */
export const holderIn = (tx: Transaction, vpcId: string, address: IpAddress): NetworkInterface | undefined =>
  tx
    .by(NetworkInterface, 'vpcId', vpcId)
    .find(({ ipv4Addresses, ipv6Addresses }) =>
      isIpv4(address) ? ipv4Addresses.includes(address) : ipv6Addresses.includes(address),
    );

/** True for the outside world's end of a question that named no address of it. */
export const isAnywhere = ({ question }: LostPacket, address: IpAddress): boolean =>
  [question.from, question.to].some((end) => end.isAnyAddress && end.address === address);

/** The block that holds this address alone, or everybody where the question was about everybody. */
export function blockOf(lost: LostPacket, address: IpAddress): string {
  if (isAnywhere(lost, address)) return isIpv4(address) ? '0.0.0.0/0' : '::/0';
  return `${formatAddress(address)}/${isIpv4(address) ? 32 : 128}`;
}
