/** A network prepared for questions about all its packets. */
import { type Cidr, covers } from '../net/cidr.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { WayFinder } from '../pipeline/way.ts';
import type { InterfaceRow, TableRow } from '../tables/tables.ts';
import { AddressAtoms } from './address-atoms.ts';
import { eachFlow, type Flow, type PairSource } from './all-pairs.ts';
import { GroupSets } from './group-sets.ts';
import { cutsOf, linkBlocks, type NetworkCuts, privateBlocks, waypoints } from './network-cuts.ts';
import { type Member, type PartySource, receiversOf, sendersOf } from './parties.ts';
import { type IpVersion, TrafficCells, type TrafficKind } from './traffic-cells.ts';
import { type SetId, TrafficSets } from './traffic-sets.ts';

/** Traffic of one IP version, cut by what some networks tell apart. */
export interface TrafficSpace {
  readonly cells: TrafficCells;
  readonly sets: TrafficSets;
  readonly kinds: ReadonlyMap<TrafficKind, SetId>;
  /** Ports from which clients ask. */
  readonly forClients: SetId;
}

/** Addresses and traffic, cut by what some networks tell apart: what is found in one of them can be compared with the others. */
export interface Space {
  readonly atoms: AddressAtoms;
  readonly wayAtoms: AddressAtoms;
  /** Atoms of addresses outside of all VPCs: in the outside world, private ones not among them, and at the customer's site. */
  readonly outside: PartySource['outside'];
  readonly traffic: Readonly<Record<IpVersion, TrafficSpace>>;
}

/** Blocks and traffic that a question tells apart beside the networks. */
export type ExtraCuts = Pick<NetworkCuts, 'ways' | 'matches'>;

/** The space of these networks. */
export function spaceOf(networks: readonly (readonly TableRow[])[], extra?: ExtraCuts): Space {
  const cuts: readonly NetworkCuts[] = [...networks.map(cutsOf), ...(extra ? [{ ...extra, rules: [] }] : [])];
  const ways = cuts.flatMap((one) => one.ways);
  const atoms = new AddressAtoms([...ways, ...cuts.flatMap((one) => one.rules)]);
  const vpcBlocks = networks.flat().flatMap((row) => (row.kind === 'vpc' ? row.cidrs : []));
  const inside = [...privateBlocks, ...vpcBlocks];
  const atSite = networks.flat().flatMap((row) => (row.kind === 'vpn-connection' ? row.siteCidrs : []));
  const outside = { internet: new Set<number>(), site: new Set<number>() };
  for (let atom = 0; atom < atoms.count; atom++) {
    const isIn = (blocks: readonly Cidr[]): boolean => blocks.some((block) => covers(block, atoms.blockOf(atom)));
    if (!isIn(inside)) outside.internet.add(atom);
    if (isIn(atSite) && !isIn(linkBlocks)) outside.site.add(atom);
  }
  const traffic = { 4: trafficSpace(4, cuts), 6: trafficSpace(6, cuts) };
  return { atoms, wayAtoms: new AddressAtoms(ways), outside, traffic };
}

function trafficSpace(version: IpVersion, cuts: readonly NetworkCuts[]): TrafficSpace {
  const matches = cuts.flatMap((one) => one.matches);
  const cells = new TrafficCells(version, matches);
  const sets = new TrafficSets(cells.cells.length);
  const kinds = new Map(
    [...new Set(cells.kinds)].map((kind) => [kind, sets.where((cell) => cells.kinds[cell] === kind)]),
  );
  return { cells, sets, kinds, forClients: sets.where((cell) => cells.isForClients(cell)) };
}

/** Whom a question is about; everybody where it does not say. */
export interface Asked {
  readonly isSender?: (member: Member) => boolean;
  readonly isReceiver?: (member: Member) => boolean;
}

const everybody = (): boolean => true;

/** One network in a space. */
export class Analysis {
  readonly space: Space;
  readonly pipeline = new Pipeline({ total: 16, perInstance: 16 }, { total: 16, perDestination: 16 });
  readonly #sources: readonly PairSource[];

  constructor(rows: readonly TableRow[], space: Space = spaceOf([rows]), asked: Asked = {}) {
    this.space = space;
    const { network } = this.pipeline;
    this.pipeline.apply(rows.map((row) => ({ change: 'put', row }) as const));
    const ids = rows.filter((row): row is InterfaceRow => row.kind === 'interface').map(({ id }) => id);
    const interfaces = ids.map((id) => network.interfaceById(id)).filter((one) => one !== undefined);
    // Every interface here has its guest, so that packets for it arrive.
    for (const one of interfaces) if (one.row.owner.kind === 'instance') one.port = 0;
    const parties: PartySource = {
      ...space,
      network,
      interfaces,
      named: waypoints(rows),
      groupLists: new Map(),
      places: new Map(),
      zones: new Map(),
      isSender: asked.isSender ?? everybody,
      isReceiver: asked.isReceiver ?? everybody,
    };
    this.#sources = this.#sourcesOf(parties);
  }

  /** Calls `found` with every flow of the network; those of IPv4 come first. */
  eachFlow(found: (flow: Flow, version: IpVersion) => void): void {
    for (const source of this.#sources) eachFlow(source, (flow) => found(flow, source.cells.version));
  }

  /** What pairs are worked out with. */
  get sources(): readonly PairSource[] {
    return this.#sources;
  }

  #sourcesOf(parties: PartySource): readonly PairSource[] {
    const ways = new WayFinder(this.pipeline);
    const senders = sendersOf(parties);
    const receivers = receiversOf(parties);
    return ([4, 6] as const).map((version) => {
      const { cells, sets, kinds, forClients } = this.space.traffic[version];
      return {
        ...this.space,
        ways,
        cells,
        sets,
        kinds,
        forClients,
        network: this.pipeline.network,
        aclSets: new Map(),
        groupSets: new GroupSets(cells, sets),
        senders: senders.filter((party) => party.version === version),
        receivers: receivers.filter((party) => party.version === version),
      };
    });
  }
}
