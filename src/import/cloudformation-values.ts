/** What `Ref` and `Fn::GetAtt` give of the resources of a template: "Return values" of each type in the template reference. */
import type * as sdk from '@aws-sdk/client-ec2';
import { type CloudFormationContext, CloudFormationResource, idOfResource } from './cloudformation-context.ts';
import { LOAD_BALANCER, loadBalancerArn, TARGET_GROUP } from './cloudformation-endpoints.ts';
import { Unresolved } from './cloudformation-functions.ts';
import type { ResourceValues, TemplateResource } from './cloudformation-template.ts';
import { blocksOfVpc, zoneOfSubnet } from './cloudformation-vpcs.ts';
import { standIn } from './stand-ins.ts';

type Attribute = (context: CloudFormationContext, one: CloudFormationResource) => unknown;

/** Attributes by "Type.Name". Those that are the resource's own id are told by their names. */
const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  'EIP.PublicIp': (context, { logicalId }) => context.addresses.publicAddress(logicalId),
  'Instance.AvailabilityZone': (context, one) => instanceOf(context, one)?.Placement?.AvailabilityZone,
  'Instance.PrivateIp': (context, one) => addressOf(primaryOf(context, one)),
  'Instance.PublicIp': (context, one) => publicAddressOf(context, primaryOf(context, one)),
  'Instance.VpcId': (context, one) => primaryOf(context, one)?.VpcId,
  'NetworkInterface.PrimaryPrivateIpAddress': (context, one) => addressOf(interfaceOf(context, one)),
  'NetworkInterface.VpcId': (context, one) => interfaceOf(context, one)?.VpcId,
  'SecurityGroup.VpcId': (_, one) => one.text('VpcId'),
  'Subnet.AvailabilityZone': zoneOfSubnet,
  'Subnet.CidrBlock': (_, one) => one.text('CidrBlock'),
  'Subnet.VpcId': (_, one) => one.text('VpcId'),
  'VPC.CidrBlock': (_, one) => one.text('CidrBlock'),
  'VPC.DefaultNetworkAcl': (_, { logicalId }) => standIn('acl', `${logicalId} DefaultNetworkAcl`),
  'VPC.DefaultSecurityGroup': (_, { logicalId }) => standIn('sg', `${logicalId} DefaultSecurityGroup`),
  'VPC.Ipv6CidrBlocks': (context, one) => blocksOfVpc(context, one).filter((block) => block.includes(':')),
};

/** Names under which types have their own id, besides "Id". */
const OWN_ID = /^(?:Id|AllocationId|DhcpOptionsId|GroupId|[A-Za-z]*(?:GatewayId|TableId|ListId|AclId|ConnectionId))$/;

/** Values of resources, as far as they are known before the stack is created. */
export const valuesOf = (context: CloudFormationContext): ResourceValues => ({
  reference(resource) {
    if (resource.type === LOAD_BALANCER) return loadBalancerArn(context, resourceIn(context, resource));
    if (resource.type === TARGET_GROUP) return resource.logicalId;
    if (resource.type === 'AWS::EC2::EIP') return context.addresses.publicAddress(resource.logicalId);
    return idOfResource(resource);
  },
  attribute(resource, name) {
    const type = resource.type.replace('AWS::EC2::', '');
    const attribute = ATTRIBUTES[`${type}.${name}`];
    if (attribute) return known(resource, name, attribute(context, resourceIn(context, resource)));
    if (OWN_ID.test(name) || name === `${type}Id` || name === 'VpcId') return idOfResource(resource);
    return known(resource, name, undefined);
  },
});

const resourceIn = ({ template }: CloudFormationContext, resource: TemplateResource): CloudFormationResource =>
  new CloudFormationResource(template, resource);

function known(resource: TemplateResource, name: string, value: unknown): unknown {
  if (value !== undefined) return value;
  throw new Unresolved(`${resource.logicalId}.${name} is known only when it has been created`);
}

const interfaceOf = ({ into }: CloudFormationContext, { id }: CloudFormationResource) =>
  into.NetworkInterfaces.find(({ NetworkInterfaceId: each }) => each === id);

const primaryOf = ({ into }: CloudFormationContext, { id }: CloudFormationResource) =>
  into.NetworkInterfaces.find(
    ({ Attachment: attachment }) => attachment?.InstanceId === id && attachment.DeviceIndex === 0,
  );

const instanceOf = ({ into }: CloudFormationContext, { id }: CloudFormationResource) =>
  into.Reservations.flatMap(({ Instances = [] }) => Instances).find(({ InstanceId: each }) => each === id);

const addressOf = (one: sdk.NetworkInterface | undefined): string | undefined =>
  one?.PrivateIpAddresses?.[0]?.PrivateIpAddress;

function publicAddressOf({ into }: CloudFormationContext, one: sdk.NetworkInterface | undefined): string | undefined {
  if (!one) return undefined;
  const elasticIp = into.Addresses.find(({ NetworkInterfaceId: id }) => id === one.NetworkInterfaceId);
  return elasticIp?.PublicIp ?? one.Association?.PublicIp;
}
