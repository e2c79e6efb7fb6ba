/** A network as the console draws it: plain data, made by the controller from the model. */

/** What an account has in a Region. */
export interface NetworkMap {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly vpcs: readonly VpcOnMap[];
}

/** Anything that has an id and may have a Name tag. */
export interface NamedOnMap {
  readonly id: string;
  /** The Name tag. */
  readonly name: string | undefined;
}

export interface VpcOnMap extends NamedOnMap {
  readonly isDefault: boolean;
  /** "10.0.0.0/16" and the like, the primary block first. */
  readonly cidrs: readonly string[];
  /** Its doors: internet and virtual private gateways, peering connections, attachments to transit gateways, endpoints. */
  readonly gateways: readonly GatewayOnMap[];
  /** In order of their subnets' names. */
  readonly subnets: readonly SubnetOnMap[];
}

export interface GatewayOnMap extends NamedOnMap {
  /** In words: "internet gateway". */
  readonly kind: string;
  /** What it leads to, where that is something else than what its kind says. */
  readonly leadsTo: string | undefined;
}

export interface SubnetOnMap extends NamedOnMap {
  /** Zone name such as "us-east-1a". */
  readonly zone: string;
  readonly cidrs: readonly string[];
  readonly routeTableId: string;
  readonly routes: readonly RouteOnMap[];
  readonly networkAclId: string;
  readonly interfaces: readonly InterfaceOnMap[];
  /** Interfaces that are not listed, because there are too many to be looked at. */
  readonly moreInterfaces: number;
}

export interface RouteOnMap {
  /** A block or the id of a prefix list. */
  readonly destination: string;
  /** An id, or "local". */
  readonly target: string;
  readonly state: 'active' | 'blackhole';
}

export interface InterfaceOnMap extends NamedOnMap {
  /** "interface", "natGateway" and so on, as DescribeNetworkInterfaces says. */
  readonly interfaceType: string;
  /** Of an interface that AWS made for something of its own: what for. */
  readonly description: string;
  readonly instance: InstanceOnMap | undefined;
  /** The primary one first. */
  readonly privateAddresses: readonly string[];
  /** Auto-assigned and Elastic IPs. */
  readonly publicAddresses: readonly string[];
  readonly securityGroups: readonly { readonly id: string; readonly groupName: string }[];
  readonly sourceDestCheck: boolean;
}

/** The instance that an interface is attached to. */
export interface InstanceOnMap extends NamedOnMap {
  readonly state: string;
  readonly instanceType: string;
  readonly deviceIndex: number;
}
