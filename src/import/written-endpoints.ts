/**
 * VPC endpoints, endpoint services and the load balancers behind these that code writes down, as EC2 would describe them.
 *
 * A load balancer is known here by its interfaces and by the tag of the instances that it sends to; so those get it.
 */
import type * as sdk from '@aws-sdk/client-ec2';
import { awsServiceBehind, awsServicesOf } from '../model/aws-services.ts';
import { LOAD_BALANCER_TAG, loadBalancerOf } from '../model/load-balancers.ts';
import type { Scope } from '../model/scope.ts';
import type { DescribedParts, noResources } from './description.ts';
import { type StandInAddresses, standIn } from './stand-ins.ts';

/** A reason why something cannot be taken: a sentence without its full stop. */
type Problem = string | undefined;

/** An endpoint as code names it; the type is a gateway where none is said. */
export interface WrittenEndpoint {
  readonly id: string;
  readonly vpcId: string | undefined;
  readonly type: string | undefined;
  readonly serviceName: string | undefined;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  /** Addresses that it is to have, by subnet. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Without one it has the VPC's default group. */
  readonly groupIds: readonly string[];
  readonly privateDnsEnabled: boolean;
  /** Whether its service's owner accepts it, where that is asked. */
  readonly isAccepted: boolean;
  readonly tags: sdk.Tag[];
}

/** An endpoint service. */
export interface WrittenService {
  readonly id: string;
  readonly acceptanceRequired: boolean;
  readonly loadBalancerArns: readonly string[];
  readonly privateDnsName: string | undefined;
  readonly principals: readonly string[];
  readonly tags: sdk.Tag[];
}

/** A Network Load Balancer, of which one knows that it has an interface in each subnet and sends to instances. */
export interface WrittenLoadBalancer {
  readonly arn: string;
  readonly subnetIds: readonly string[];
  readonly instanceIds: readonly string[];
}

/** The endpoints and services of one document. Services come before the endpoints to them. */
export class WrittenEndpoints {
  readonly #scope: Scope;
  readonly #into: ReturnType<typeof noResources>;
  readonly #addresses: StandInAddresses;
  readonly #permissions = new Map<string, sdk.AllowedPrincipal[]>();

  constructor(scope: Scope, into: ReturnType<typeof noResources>, addresses: StandInAddresses) {
    this.#scope = scope;
    this.#into = into;
    this.#addresses = addresses;
  }

  get parts(): Pick<DescribedParts, 'servicePermissions'> {
    return { servicePermissions: this.#permissions };
  }

  /** The name of a service that this code makes. */
  serviceName(id: string): string {
    return `com.amazonaws.vpce.${this.#scope.region}.${id}`;
  }

  /** The ARN of a load balancer that is yet to be made. */
  loadBalancerArn(name: string, stem: string): string {
    const { account, region } = this.#scope;
    const digits = standIn('x', `${stem} load balancer`).slice(-16);
    return `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/${name}/${digits}`;
  }

  loadBalancer({ arn, subnetIds, instanceIds }: WrittenLoadBalancer): Problem {
    const known = loadBalancerOf(arn);
    if (!known) return `${arn} is not the ARN of a Network Load Balancer`;
    for (const SubnetId of subnetIds)
      this.#interface(`${arn} ${SubnetId}`, SubnetId, 'network_load_balancer', known.description, undefined, []);
    for (const id of instanceIds) {
      const instance = this.#into.Reservations.flatMap(({ Instances: all = [] }) => all).find(
        ({ InstanceId: each }) => each === id,
      );
      if (!instance) return `its target ${id} is not an instance of the code`;
      const others = (instance.Tags ?? []).filter(({ Key: key }) => key !== LOAD_BALANCER_TAG);
      if (others.length < (instance.Tags ?? []).length)
        return `its target ${id} belongs to another load balancer too, which localvpc does not have`;
      instance.Tags = [...others, { Key: LOAD_BALANCER_TAG, Value: known.name }];
    }
    return undefined;
  }

  service(one: WrittenService): Problem {
    const { id, acceptanceRequired, loadBalancerArns, privateDnsName, principals, tags } = one;
    if (loadBalancerArns.length === 0) return 'it names no Network Load Balancer';
    this.#into.ServiceConfigurations.push({
      ServiceId: id,
      ServiceName: this.serviceName(id),
      ServiceState: 'Available',
      AcceptanceRequired: acceptanceRequired,
      NetworkLoadBalancerArns: [...loadBalancerArns],
      // Whether its owner has it verified is not for code to say; a name that is written down is meant to be used.
      ...(privateDnsName !== undefined && {
        PrivateDnsName: privateDnsName,
        PrivateDnsNameConfiguration: { State: 'verified' },
      }),
      Tags: tags,
    });
    this.permit(id, principals);
    return undefined;
  }

  permit(serviceId: string, principals: readonly string[]): void {
    const known = this.#permissions.get(serviceId) ?? [];
    this.#permissions.set(serviceId, [...known, ...principals.map((Principal) => ({ Principal }))]);
  }

  endpoint(one: WrittenEndpoint): Problem {
    const { type = 'Gateway' } = one;
    if (type === 'Gateway') return this.#gateway(one);
    if (type === 'Interface') return this.#interfaces(one);
    return `localvpc takes gateway and interface endpoints over, and it is of type ${type}`;
  }

  /** The routes to its service stand in the tables that it names, which are to be read before. */
  #gateway({ id, vpcId, serviceName, routeTableIds, tags }: WrittenEndpoint): Problem {
    const service = awsServicesOf(this.#scope.region).find(({ name }) => name === serviceName);
    if (!service) return `localvpc has no service ${serviceName}`;
    const tables = this.#into.RouteTables.filter(({ RouteTableId: each = '' }) => routeTableIds.includes(each));
    if (tables.length < new Set(routeTableIds).size) return 'a route table of it is not part of the code';
    const route = { DestinationPrefixListId: service.prefixListId, GatewayId: id, Origin: 'CreateRoute' } as const;
    for (const table of tables) table.Routes = [...(table.Routes ?? []), route];
    const what = { VpcEndpointId: id, VpcId: vpcId, ServiceName: serviceName, Tags: tags };
    this.#into.VpcEndpoints.push({ ...what, VpcEndpointType: 'Gateway' });
    return undefined;
  }

  #interfaces(one: WrittenEndpoint): Problem {
    const { id, vpcId, serviceName = '', subnetIds, addresses, groupIds, privateDnsEnabled, isAccepted, tags } = one;
    const service = this.#into.ServiceConfigurations.find(({ ServiceName: name }) => name === serviceName);
    if (!service && !/\.vpce-svc-/.test(serviceName) && !awsServiceBehind(this.#scope.region, serviceName))
      return `${serviceName || 'what it leads to'} is no service of ${this.#scope.region}`;
    const groups = groupIds.length > 0 ? groupIds : this.#defaultGroup(vpcId);
    const interfaces = subnetIds.map((subnetId) => {
      const text = `VPC Endpoint Interface ${id}`;
      return this.#interface(`${id} ${subnetId}`, subnetId, 'vpc_endpoint', text, addresses.get(subnetId), groups);
    });
    this.#into.VpcEndpoints.push({
      VpcEndpointId: id,
      VpcEndpointType: 'Interface',
      VpcId: vpcId,
      ServiceName: serviceName,
      // As the API's words are, which the SDK's type has in another case.
      State: (service?.AcceptanceRequired && !isAccepted ? 'pendingAcceptance' : 'available') as sdk.State,
      NetworkInterfaceIds: interfaces,
      PrivateDnsEnabled: privateDnsEnabled,
      Tags: tags,
    });
    return undefined;
  }

  #defaultGroup(vpcId: string | undefined): readonly string[] {
    const group = this.#into.SecurityGroups.find((one) => one.VpcId === vpcId && one.GroupName === 'default');
    return group?.GroupId === undefined ? [] : [group.GroupId];
  }

  #interface(
    stem: string,
    SubnetId: string,
    InterfaceType: 'vpc_endpoint' | 'network_load_balancer',
    Description: string,
    address: string | undefined,
    groups: readonly string[],
  ): string {
    const NetworkInterfaceId = standIn('eni', stem);
    this.#into.NetworkInterfaces.push({
      NetworkInterfaceId,
      SubnetId,
      InterfaceType,
      Description,
      RequesterManaged: true,
      SourceDestCheck: InterfaceType === 'vpc_endpoint',
      PrivateIpAddress: address ?? this.#addresses.choosePrivate(SubnetId),
      Groups: groups.map((GroupId) => ({ GroupId })),
    });
    return NetworkInterfaceId;
  }
}
