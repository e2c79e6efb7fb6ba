/** What the metadata service is told of the instance that asks: plain values, read when the question comes. */
import type { Ipv4, Ipv6 } from '../net/address.ts';
import type { Cidr, Ipv4Cidr, Ipv6Cidr } from '../net/cidr.ts';
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import type { Mac } from '../net/mac.ts';

/** Options of the service for one instance (API_InstanceMetadataOptionsResponse). */
export interface MetadataServiceOptions {
  readonly httpEndpoint: 'enabled' | 'disabled';
  readonly httpTokens: 'optional' | 'required';
  readonly httpProtocolIpv6: 'enabled' | 'disabled';
  /** IP time to live of answers to PUT, 1 to 64. */
  readonly httpPutResponseHopLimit: number;
  readonly instanceMetadataTags: 'enabled' | 'disabled';
}

/** An instance as its own metadata show it. Methods read the model: call them before anything else changes it. */
export interface MetadataView {
  readonly instanceId: InstanceId;
  readonly options: MetadataServiceOptions;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly placementGroupName: string | undefined;
  readonly partitionNumber: number | undefined;
  /** "aws" */
  readonly partition: string;
  /** "amazonaws.com" */
  readonly serviceDomain: string;
  readonly imageId: string;
  readonly launchIndex: number;
  readonly reservationId: string;
  readonly instanceType: string;
  readonly architecture: string;
  readonly system: 'nitro' | 'xen' | undefined;
  /** The driver of its NICs on AWS, as `ethtool -i` shows it. */
  readonly driver: 'ena' | 'ixgbevf' | 'vif';
  readonly rootDeviceName: string;
  readonly monitoring: boolean;
  /** Milliseconds since the epoch of the last launch or start. */
  readonly launchedAtMs: number;
  readonly hostName: string;
  readonly tags: Readonly<Record<string, string>>;
  /** As the instance reads them: decoded. */
  readonly userData: () => Uint8Array | undefined;
  /** The key pair it was launched with, where it still can be had. */
  readonly publicKey: () => { readonly name: string; readonly openSshKey: string } | undefined;
  /** Attached interfaces by network card and device index: the primary one first. */
  readonly interfaces: () => readonly MetadataInterface[];
}

/** A public IPv4 address and the private one that it stands for. */
export interface MetadataPublicAddress {
  readonly publicAddress: Ipv4;
  readonly privateAddress: Ipv4;
}

/** An attached interface. */
export interface MetadataInterface {
  readonly id: NetworkInterfaceId;
  readonly mac: Mac;
  readonly deviceIndex: number;
  /** Undefined on types with a single card. */
  readonly networkCardIndex: number | undefined;
  /** Twelve digits. */
  readonly owner: string;
  readonly localHostName: string | undefined;
  /** Of its first public address; undefined where the VPC gives out none. */
  readonly publicHostName: string | undefined;
  /** Primary private address first; empty in an IPv6-only subnet. */
  readonly ipv4Addresses: readonly Ipv4[];
  readonly ipv4Prefixes: readonly Ipv4Cidr[];
  readonly ipv6Addresses: readonly Ipv6[];
  readonly ipv6Prefixes: readonly Ipv6Cidr[];
  readonly publicAddresses: readonly MetadataPublicAddress[];
  readonly securityGroups: readonly { readonly id: string; readonly name: string }[];
  readonly subnet: { readonly id: string; readonly ipv4Cidr: Cidr | undefined; readonly ipv6Cidrs: readonly Cidr[] };
  /** The primary IPv4 block is the first. */
  readonly vpc: { readonly id: string; readonly ipv4Cidrs: readonly Cidr[]; readonly ipv6Cidrs: readonly Cidr[] };
}
