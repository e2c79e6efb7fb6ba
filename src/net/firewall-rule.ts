/** What rules of AWS Network Firewall say of packets: those of the stateless engine and, with their variables filled in, of the stateful one. */
import type { Cidr } from './cidr.ts';
import type { PortRange } from './port-range.ts';

/** Addresses of some blocks without those of others. */
export interface FirewallAddresses {
  readonly within: readonly Cidr[];
  readonly except: readonly Cidr[];
}

/** Ports of some ranges without those of others. */
export interface FirewallPorts {
  readonly within: readonly PortRange[];
  readonly except: readonly PortRange[];
}

/** What the stateless engine does with a packet: the second hands it over to the stateful one. */
export type StatelessAction = 'pass' | 'forward' | 'drop';

/** Flags that must be set among those that are looked at. */
export interface TcpFlagsMatch {
  readonly flags: number;
  readonly mask: number;
}

/** A rule of the stateless engine. An empty list matches everything. */
export interface FirewallStatelessRule {
  /** ARN of its group. */
  readonly ruleGroup: string;
  readonly priority: number;
  readonly action: StatelessAction;
  readonly protocols: readonly number[];
  readonly sources: readonly Cidr[];
  readonly destinations: readonly Cidr[];
  /** Ports are named with TCP and UDP alone. */
  readonly sourcePorts: readonly PortRange[];
  readonly destinationPorts: readonly PortRange[];
  /** Named with TCP alone; one of them must match. */
  readonly tcpFlags: readonly TcpFlagsMatch[];
}

export type StatefulAction = 'pass' | 'drop' | 'reject' | 'alert';

/** `icmp` is that of both IP versions. */
export type StatefulProtocol = 'ip' | 'tcp' | 'udp' | 'icmp';

/** Which packets of a flow: those to who was asked, or to who asked; those before or after both were heard. Undefined: all. */
export interface FlowCondition {
  readonly side: 'to-server' | 'to-client' | undefined;
  readonly isEstablished: boolean | undefined;
}

/** The header of a rule of the stateful engine, with the conditions that can be decided without a packet's content. */
export interface FirewallStatefulRule {
  /** ARN of its group. */
  readonly ruleGroup: string;
  readonly signatureId: number;
  readonly action: StatefulAction;
  readonly protocol: StatefulProtocol;
  readonly sources: FirewallAddresses;
  readonly sourcePorts: FirewallPorts;
  readonly destinations: FirewallAddresses;
  readonly destinationPorts: FirewallPorts;
  /** True where source and destination may be the other way round. */
  readonly isBidirectional: boolean;
  readonly flow: FlowCondition;
}
