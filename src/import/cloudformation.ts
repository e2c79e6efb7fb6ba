/** CloudFormation templates, read as the network that EC2 would describe once a stack has been created from them. */
import type { Scope } from '../model/scope.ts';
import { CloudFormationContext } from './cloudformation-context.ts';
import { readVpcEndpoints } from './cloudformation-endpoints.ts';
import { readAttachments, readOtherGateways } from './cloudformation-gateways.ts';
import { readNetworkAcls, readRouteTables, readSecurityGroups } from './cloudformation-groups.ts';
import { readAddresses, readInterfaces } from './cloudformation-interfaces.ts';
import type { GivenParameters } from './cloudformation-parameters.ts';
import { CloudFormationTemplate, type TemplateResource } from './cloudformation-template.ts';
import { valuesOf } from './cloudformation-values.ts';
import {
  readDhcpOptions,
  readGateways,
  readPeerings,
  readPrefixLists,
  readSubnets,
  readVpcAttributes,
  readVpcs,
} from './cloudformation-vpcs.ts';
import { type Description, type LeftOut, NO_PARTS, noResources } from './description.ts';
import type { JsonFile } from './json-shape.ts';

/** Types of AWS::EC2 that are read, by themselves or with others. */
const READ = new Set([
  'CustomerGateway',
  'DHCPOptions',
  'EIP',
  'EIPAssociation',
  'EgressOnlyInternetGateway',
  'GatewayRouteTableAssociation',
  'Instance',
  'InternetGateway',
  'NatGateway',
  'NetworkAcl',
  'NetworkAclEntry',
  'NetworkInterface',
  'NetworkInterfaceAttachment',
  'PrefixList',
  'Route',
  'RouteTable',
  'SecurityGroup',
  'SecurityGroupEgress',
  'SecurityGroupIngress',
  'Subnet',
  'SubnetCidrBlock',
  'SubnetNetworkAclAssociation',
  'SubnetRouteTableAssociation',
  'TransitGateway',
  'TransitGatewayAttachment',
  'TransitGatewayRoute',
  'TransitGatewayRouteTable',
  'TransitGatewayRouteTableAssociation',
  'TransitGatewayRouteTablePropagation',
  'TransitGatewayVpcAttachment',
  'VPC',
  'VPCCidrBlock',
  'VPCDHCPOptionsAssociation',
  'VPCEndpoint',
  'VPCEndpointService',
  'VPCEndpointServicePermissions',
  'VPCGatewayAttachment',
  'VPCPeeringConnection',
  'VPNConnection',
  'VPNConnectionRoute',
  'VPNGateway',
  'VPNGatewayRoutePropagation',
]);

/** Types of AWS::EC2 that no packet notices here. */
const WITHOUT_EFFECT = new Set([
  'CapacityReservation',
  'FlowLog',
  'KeyPair',
  'LaunchTemplate',
  'PlacementGroup',
  'SnapshotBlockPublicAccess',
  'Volume',
  'VolumeAttachment',
]);

/** Types of other services whose resources send and receive packets, or bring a network of their own. */
const MATTERS =
  /^AWS::(?:AutoScaling::AutoScalingGroup|CloudFormation::(?:Stack|Macro)|DMS|DocDB|ECS::Service|EFS::MountTarget|EKS|ElastiCache|ElasticLoadBalancing(?:V2)?::LoadBalancer|Lambda::Function|Neptune|NetworkFirewall|RDS::DB(?:Instance|Cluster)|Redshift)/;

/** The network of a template; undefined for a file of another form. */
export function readCloudFormation(
  { path, document }: JsonFile,
  scope: Scope,
  parameters: GivenParameters,
): Description | undefined {
  const template = CloudFormationTemplate.read(document, scope, stackName(path), parameters);
  if (!template) return undefined;
  const resources = noResources();
  const context = new CloudFormationContext(template, scope, resources);
  template.useValues(valuesOf(context));
  readDhcpOptions(context);
  const prefixListEntries = readPrefixLists(context);
  readVpcs(context);
  readSubnets(context);
  readOtherGateways(context);
  readGateways(context);
  // Groups' rules may name addresses of instances, so these come before.
  readInterfaces(context);
  readAddresses(context);
  readSecurityGroups(context);
  readNetworkAcls(context);
  readRouteTables(context);
  readAttachments(context);
  readVpcEndpoints(context);
  readPeerings(context);
  const vpcAttributes = readVpcAttributes(context);
  const others = template.resources.filter(
    (one) => !READ.has(ec2Type(one.type)) && !context.readBeside.has(one.logicalId),
  );
  return {
    scopes: [{ ...NO_PARTS, ...context.parts, scope, resources, prefixListEntries, vpcAttributes }],
    leftOut: named(path, [...template.leftOut, ...context.leftOut, ...others.filter(matters).map(notRead)]),
    ignored: named(path, [...template.ignored, ...others.filter((one) => !matters(one)).map(noEffect)]),
  };
}

/** A stack is called by its template: a file's name without its ending. */
const stackName = (path: string): string => path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');

/** "Subnet" of "AWS::EC2::Subnet"; the type itself of other services. */
const ec2Type = (type: string): string => type.replace(/^AWS::EC2::/, '');

const matters = ({ type }: TemplateResource): boolean =>
  type.startsWith('AWS::EC2::') ? !WITHOUT_EFFECT.has(ec2Type(type)) : MATTERS.test(type);

const named = (path: string, all: readonly LeftOut[]): LeftOut[] =>
  all.map(({ what, why }) => ({ what: `${path}: ${what}`, why }));

const notRead = ({ logicalId, type }: TemplateResource): LeftOut => ({
  what: logicalId,
  why: `localvpc does not read ${type}`,
});

const noEffect = ({ logicalId }: TemplateResource): LeftOut => ({ what: logicalId, why: 'no packet notices it here' });
