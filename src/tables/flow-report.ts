/** What flow logs are made of: flows as interfaces and transit gateways saw them. */
import type { IpAddress } from '../net/address.ts';
import type {
  NetworkInterfaceId,
  SubnetId,
  TransitGatewayAttachmentId,
  TransitGatewayId,
  VpcId,
} from '../net/identifiers.ts';
import type { InterfaceOwner, RouteTarget } from './tables.ts';

/** How much of a flow there was. */
export interface CountedFlow {
  readonly packets: number;
  /** Of IP packets, headers included. */
  readonly bytes: number;
  /** FIN, SYN and RST, and ACK beside SYN, of all packets together. */
  readonly tcpFlags: number;
  /** Times of the first and the last packet, in milliseconds since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A flow as one interface saw it in one direction: what a record of a flow log is made of. */
export interface FlowRecord extends CountedFlow {
  readonly interfaceId: NetworkInterfaceId;
  readonly vpcId: VpcId;
  readonly subnetId: SubnetId;
  readonly owner: InterfaceOwner;
  readonly direction: 'ingress' | 'egress';
  readonly action: 'ACCEPT' | 'REJECT';
  /** Why it was rejected, where AWS has a word for it: VPC Block Public Access. */
  readonly rejectReason: 'BPA' | undefined;
  readonly protocol: number;
  /** As the packets had them at this interface; ports are 0 where the protocol has none. */
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The address that stands for the interface: its primary one, whichever of its addresses the packets had. */
  readonly interfaceAddress: IpAddress;
  /** What the route of an egress flow leads to; undefined inside a subnet, and for ingress. */
  readonly by: RouteTarget['kind'] | undefined;
  /** Whether it crosses a peering connection between Regions. */
  readonly isInterRegion: boolean;
}

/** Why a transit gateway lost packets, where AWS counts that. */
export type TransitLoss = 'no-route' | 'blackhole' | 'mtu-exceeded' | 'ttl-expired';

/** A flow as a transit gateway saw it: from the attachment that it came by to the one that it left by. */
export interface TransitFlowRecord extends CountedFlow {
  readonly transitGatewayId: TransitGatewayId;
  readonly entered: TransitGatewayAttachmentId;
  /** Undefined where the gateway's tables led nowhere. */
  readonly left: TransitGatewayAttachmentId | undefined;
  /** The attachments' interfaces in their VPCs; undefined for VPN connections and peerings. */
  readonly entry: NetworkInterfaceId | undefined;
  readonly exit: NetworkInterfaceId | undefined;
  /** Undefined where the packets went on. */
  readonly lost: TransitLoss | undefined;
  readonly protocol: number;
  /** As the packets had them at the gateway; ports are 0 where the protocol has none. */
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Flows of what has a flow log. */
export interface FlowReport {
  /** Of interfaces. */
  readonly records: readonly FlowRecord[];
  /** Of transit gateways and their attachments. */
  readonly transits: readonly TransitFlowRecord[];
  /** Interfaces and attachments that saw more flows than could be noted. */
  readonly skipped: readonly (NetworkInterfaceId | TransitGatewayAttachmentId)[];
}
