/** A test network whose hosts are virtual guests on in-memory ports: frames really travel. */
import { Fabric } from '../fabric/fabric.ts';
import type { FabricOptions } from '../fabric/fabric-options.ts';
import { VirtualGuest, type VirtualGuestOptions } from '../guest/virtual-guest.ts';
import { isIpv4Cidr } from '../net/cidr.ts';
import { INTERNET_NIC_MAC } from '../pipeline/passage.ts';
import type { TableUpdate } from '../tables/tables.ts';
import { MemoryPorts } from './memory-ports.ts';
import { OUTSIDE } from './network.ts';
import { type HostSpec, type NetworkOptions, rowsOf } from './network-rows.ts';
import { cidrOfText, idOf, ipv4Of, macOf } from './rows.ts';

/** Ports that a host's guest has open. */
export type VirtualHostSpec = HostSpec & Pick<VirtualGuestOptions, 'openTcpPorts' | 'openUdpPorts'>;

/** Guests by their names, `internet` among them. */
export class VirtualNetwork {
  readonly fabric: Fabric;
  readonly ports = new MemoryPorts();
  private readonly guests = new Map<string, VirtualGuest>();

  constructor(hosts: Readonly<Record<string, VirtualHostSpec>>, options: NetworkOptions, now: FabricOptions['now']) {
    this.fabric = new Fabric({ send: this.ports.send, now });
    this.fabric.apply(rowsOf(hosts, options).map((row): TableUpdate => ({ change: 'put', row })));
    this.addInternet();
    for (const [index, [name, spec]] of Object.entries(hosts).entries()) this.addGuest(name, spec, index + 2);
  }

  guest(name: string): VirtualGuest {
    const guest = this.guests.get(name);
    if (!guest) throw new Error(`no guest ${name}`);
    return guest;
  }

  private addGuest(name: string, spec: VirtualHostSpec, port: number): void {
    const { openTcpPorts = [], openUdpPorts = [] } = spec;
    this.add(name, port, { mac: macOf(port), openTcpPorts, openUdpPorts });
    this.fabric.attach(idOf('eni', name), port);
    this.guest(name).start();
  }

  private addInternet(): void {
    const subnet = cidrOfText('0.0.0.0/0');
    if (!isIpv4Cidr(subnet)) throw new Error('not an IPv4 block');
    const configuration = { address: ipv4Of(OUTSIDE), subnet, router: ipv4Of(OUTSIDE), mtuBytes: 1500 };
    this.add('internet', 0, { mac: INTERNET_NIC_MAC, configuration, openTcpPorts: [443], openUdpPorts: [53] });
    this.fabric.attach('internet', 0);
  }

  private add(name: string, port: number, options: Omit<VirtualGuestOptions, 'transmit' | 'settle'>): void {
    const guest = new VirtualGuest({
      ...options,
      transmit: (frame) => this.ports.transmit(port, frame),
      settle: () => this.ports.settle(this.fabric),
    });
    this.guests.set(name, guest);
    this.ports.plug(port, (frame) => guest.receive(frame));
  }
}
