/**
 * Transit gateways: how they come, change and go.
 *
 * There is no Resource Access Manager here, by which an owner shares a gateway with other accounts. Instead every
 * gateway counts as shared with every account: whoever knows its id may ask for an attachment, and the owner accepts it.
 */
import type { Cidr } from '../net/cidr.ts';
import { equalCidrs, isIpv4Cidr, overlaps } from '../net/cidr.ts';
import type { TransitGatewayRouteTableId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import {
  TransitGateway,
  TransitGatewayAttachment,
  TransitGatewayLocation,
  type TransitGatewayOptions,
  TransitGatewayRouteTable,
} from './resources/transit-gateway.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

/** What CreateTransitGateway says. */
export interface TransitGatewaySpec {
  readonly description: string;
  readonly options: Omit<TransitGatewayOptions, 'associationDefaultRouteTableId' | 'propagationDefaultRouteTableId'>;
  readonly defaultRouteTableAssociation: boolean;
  readonly defaultRouteTablePropagation: boolean;
  readonly tags: Tags;
}

/** User guide, tgw-transit-gateways: 64512 to 65534 and 4200000000 to 4294967294. */
const PRIVATE_ASNS = [
  [64_512, 65_534],
  [4_200_000_000, 4_294_967_294],
] as const;
export const DEFAULT_ASN = 64_512;
const MAX_CIDR_BLOCKS = 5;

/**
 * Makes it, with the one table that is the default of both kinds where either is wanted.
 * @throws Fault TransitGatewayLimitExceeded, InvalidParameterValue for an AS number or block (sentences unconfirmed)
 */
export function createTransitGateway(tx: Transaction, spec: TransitGatewaySpec): TransitGateway {
  checkAsn(spec.options.amazonSideAsn);
  checkCidrBlocks(spec.options.cidrBlocks);
  const living = tx.list(TransitGateway, ({ state }) => state === 'available');
  if (living.length >= quota(tx, 'transitGatewaysPerRegion')) throw new Fault('TransitGatewayLimitExceeded');
  const gateway = tx.insert(TransitGateway, {
    state: 'available',
    description: spec.description,
    createdAtMs: tx.nowMs,
    deletedAtMs: undefined,
    options: {
      ...spec.options,
      associationDefaultRouteTableId: undefined,
      propagationDefaultRouteTableId: undefined,
    },
    tags: spec.tags,
  });
  tx.in(WORLD).put(TransitGatewayLocation, { id: gateway.id, account: tx.account, region: tx.region });
  if (!spec.defaultRouteTableAssociation && !spec.defaultRouteTablePropagation) return gateway;
  const { id } = insertRouteTable(tx, gateway, {});
  return tx.update(TransitGateway, gateway.id, {
    options: {
      ...gateway.options,
      associationDefaultRouteTableId: spec.defaultRouteTableAssociation ? id : undefined,
      propagationDefaultRouteTableId: spec.defaultRouteTablePropagation ? id : undefined,
    },
  });
}

function checkAsn(asn: number): void {
  if (PRIVATE_ASNS.some(([first, last]) => asn >= first && asn <= last)) return;
  throw new Fault('InvalidParameterValue', { value: asn, parameter: 'amazonSideAsn', reason: 'Invalid private ASN.' });
}

/** /24 or larger for IPv4, /64 or larger for IPv6; not of 169.254.0.0/16 (user guide, tgw-transit-gateways). */
function checkCidrBlocks(cidrs: readonly Cidr[]): void {
  if (cidrs.length > MAX_CIDR_BLOCKS) {
    throw new Fault('InvalidParameterValue', `A transit gateway can have ${MAX_CIDR_BLOCKS} CIDR blocks.`);
  }
  for (const [index, cidr] of cidrs.entries()) {
    if (cidr.length > (isIpv4Cidr(cidr) ? 24 : 64) || cidrs.slice(0, index).some((other) => overlaps(other, cidr))) {
      throw new Fault('InvalidParameterValue', 'Invalid or overlapping transit gateway CIDR block.');
    }
  }
}

/** What ModifyTransitGateway changes: undefined stays. */
export interface TransitGatewayChange {
  readonly description: string | undefined;
  readonly options: Partial<TransitGatewayOptions>;
  readonly addedCidrBlocks: readonly Cidr[];
  readonly removedCidrBlocks: readonly Cidr[];
  readonly defaultRouteTableAssociation: boolean | undefined;
  readonly associationDefaultRouteTableId: string | undefined;
  readonly defaultRouteTablePropagation: boolean | undefined;
  readonly propagationDefaultRouteTableId: string | undefined;
}

/**
 * Changes options. A default table is named when its option is switched on (unconfirmed: on AWS required then); without a
 * name the gateway's first table is taken.
 * @throws Fault InvalidParameterValue, IncorrectState, and the not-found fault of a table
 */
export function modifyTransitGateway(
  tx: Transaction,
  gateway: TransitGateway,
  change: TransitGatewayChange,
): TransitGateway {
  const { options } = gateway;
  const isRemoved = (cidr: Cidr): boolean => change.removedCidrBlocks.some((one) => equalCidrs(one, cidr));
  const cidrBlocks = [...options.cidrBlocks.filter((cidr) => !isRemoved(cidr)), ...change.addedCidrBlocks];
  checkCidrBlocks(cidrBlocks);
  return tx.update(TransitGateway, gateway.id, {
    description: change.description ?? gateway.description,
    options: {
      ...options,
      ...change.options,
      cidrBlocks,
      associationDefaultRouteTableId: changedDefault(
        tx,
        gateway,
        options.associationDefaultRouteTableId,
        change.defaultRouteTableAssociation,
        change.associationDefaultRouteTableId,
      ),
      propagationDefaultRouteTableId: changedDefault(
        tx,
        gateway,
        options.propagationDefaultRouteTableId,
        change.defaultRouteTablePropagation,
        change.propagationDefaultRouteTableId,
      ),
    },
  });
}

function changedDefault(
  tx: Transaction,
  gateway: TransitGateway,
  before: TransitGatewayRouteTableId | undefined,
  isWanted: boolean | undefined,
  id: string | undefined,
): TransitGatewayRouteTableId | undefined {
  if (isWanted === false) return undefined;
  if (id !== undefined) return tableOfGateway(tx, gateway, id).id;
  if (before !== undefined || isWanted === undefined) return before;
  return (tx.by(TransitGatewayRouteTable, 'transitGatewayId', gateway.id)[0] ?? insertRouteTable(tx, gateway, {})).id;
}

/** The table of this id, if it is the gateway's. @throws Fault InvalidRouteTableID.NotFound */
export function tableOfGateway(tx: Transaction, gateway: TransitGateway, id: string): TransitGatewayRouteTable {
  const table = tx.get(TransitGatewayRouteTable, id);
  if (table.transitGatewayId !== gateway.id) throw new Fault('InvalidRouteTableID.NotFound', { id });
  return table;
}

/** What is attached holds the gateway: AWS names the kinds apart. */
const HELD_BY = {
  vpc: 'Transit Gateway Attachments',
  peering: 'Transit Gateway Cross Region Peering Attachments',
  vpn: 'VPN Attachments',
} as const;

/** Deletes a gateway that nothing is attached to, with its tables. @throws Fault IncorrectState */
export function deleteTransitGateway(tx: Transaction, gateway: TransitGateway): TransitGateway {
  const attachments = tx.by(TransitGatewayAttachment, 'transitGatewayId', gateway.id).filter(isStanding);
  const [first] = attachments;
  if (first) {
    const same = attachments.filter(({ resource }) => resource.kind === first.resource.kind).map(({ id }) => id);
    throw new Fault(
      'IncorrectState',
      `${gateway.id} has non-deleted ${HELD_BY[first.resource.kind]}: ${same.join(', ')}.`,
    );
  }
  for (const { id } of tx.by(TransitGatewayRouteTable, 'transitGatewayId', gateway.id)) {
    tx.remove(TransitGatewayRouteTable, id);
  }
  tx.in(WORLD).remove(TransitGatewayLocation, gateway.id);
  return tx.update(TransitGateway, gateway.id, { state: 'deleted', deletedAtMs: tx.nowMs });
}

/** Whether it is there, or will be once it is accepted. */
export const isStanding = ({ state }: TransitGatewayAttachment): boolean =>
  state === 'available' || state === 'pendingAcceptance';

/** The caller's own gateway. @throws Fault InvalidTransitGatewayID.NotFound, .Malformed; of a deleted one too */
export function ownTransitGateway(tx: Transaction, id: string | undefined): TransitGateway {
  const gateway = tx.get(TransitGateway, id);
  if (gateway.state === 'deleted') throw new Fault('InvalidTransitGatewayID.NotFound', { id: gateway.id });
  return gateway;
}

/** A gateway of any account in the caller's Region, with the transaction as its owner sees it. @throws as `ownTransitGateway` */
export function anyTransitGateway(
  tx: Transaction,
  id: string | undefined,
): { readonly gateway: TransitGateway; readonly owner: Transaction } {
  const location = id === undefined ? undefined : tx.in(WORLD).find(TransitGatewayLocation, id);
  const owner = location?.region === tx.region ? ownerOf(tx, location.account) : tx;
  return { gateway: ownTransitGateway(owner, id), owner };
}

/** The same transaction as this account sees it in the Region. */
export const ownerOf = (tx: Transaction, account: string): Transaction =>
  account === tx.account ? tx : tx.in({ account, region: tx.region });

/** Adds a table. @throws Fault TransitGatewayRouteTableLimitExceeded */
export function insertRouteTable(tx: Transaction, gateway: TransitGateway, tags: Tags): TransitGatewayRouteTable {
  if (tx.count(TransitGatewayRouteTable, 'transitGatewayId', gateway.id) >= quota(tx, 'routeTablesPerTransitGateway')) {
    throw new Fault('TransitGatewayRouteTableLimitExceeded');
  }
  return tx.insert(TransitGatewayRouteTable, {
    transitGatewayId: gateway.id,
    createdAtMs: tx.nowMs,
    routes: [],
    prefixListReferences: [],
    tags,
  });
}
