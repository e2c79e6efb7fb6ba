/**
 * What Terraform's AWS provider asks after each create of a network, an interface or an address, read from its source (internal/service/ec2): every call
 * in its words, and every member that it takes for granted or waits for. The provider itself is no package of a registry
 * that a test could install.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as sdk from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { present } from './fixture/present.ts';
import { gone, has, only, ProviderLab, where } from './fixture/terraform.ts';

const IPV4_OUT = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
const IPV6_OUT = { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] };

describe("what Terraform's provider reads of networks", () => {
  let lab: ProviderLab;
  let VpcId = '';
  let SubnetId = '';
  let GroupId = '';

  before(async () => {
    lab = await ProviderLab.start();
    ({ VpcId, SubnetId, GroupId } = lab);
  });
  after(() => lab.localvpc.close());

  test('the provider itself: who calls, and which account it is', async () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const sts = new STSClient({ endpoint: lab.localvpc.url, region: 'us-east-1', credentials });
    has(await sts.send(new GetCallerIdentityCommand({})), ['Account', 'Arn', 'UserId']);
    await lab.ec2.send(
      new sdk.DescribeAccountAttributesCommand({ AttributeNames: ['supported-platforms' as 'default-vpc'] }),
    );
    const { AvailabilityZones } = await lab.ec2.send(new sdk.DescribeAvailabilityZonesCommand({}));
    has(AvailabilityZones?.[0], ['ZoneName', 'ZoneId', 'GroupName', 'OptInStatus', 'State', 'RegionName', 'ZoneType']);
  });

  test('aws_vpc', async () => {
    const vpc = only((await lab.ec2.send(new sdk.DescribeVpcsCommand({ VpcIds: [VpcId] }))).Vpcs);
    has(vpc, ['OwnerId', 'CidrBlock', 'DhcpOptionsId', 'InstanceTenancy', 'IsDefault', 'State']);
    equal(vpc.State, 'available');
    const attribute = (Attribute: sdk.VpcAttributeName) =>
      lab.ec2.send(new sdk.DescribeVpcAttributeCommand({ VpcId, Attribute }));
    equal((await attribute('enableDnsHostnames')).EnableDnsHostnames?.Value, false);
    equal((await attribute('enableDnsSupport')).EnableDnsSupport?.Value, true);
    equal((await attribute('enableNetworkAddressUsageMetrics')).EnableNetworkAddressUsageMetrics?.Value, false);
    const acls = new sdk.DescribeNetworkAclsCommand({ Filters: where({ default: 'true', 'vpc-id': VpcId }) });
    has(only((await lab.ec2.send(acls)).NetworkAcls), ['NetworkAclId']);
    const tables = new sdk.DescribeRouteTablesCommand({
      Filters: where({ 'association.main': 'true', 'vpc-id': VpcId }),
    });
    has(only((await lab.ec2.send(tables)).RouteTables), ['RouteTableId']);
    const groups = new sdk.DescribeSecurityGroupsCommand({
      Filters: where({ 'group-name': 'default', 'vpc-id': VpcId }),
    });
    has(only((await lab.ec2.send(groups)).SecurityGroups), ['GroupId']);
    const { Ipv6CidrBlockAssociation } = await lab.ec2.send(
      new sdk.AssociateVpcCidrBlockCommand({ VpcId, AmazonProvidedIpv6CidrBlock: true }),
    );
    const id = present(Ipv6CidrBlockAssociation?.AssociationId, 'AssociationId');
    const associated = only(
      (
        await lab.ec2.send(
          new sdk.DescribeVpcsCommand({ Filters: where({ 'ipv6-cidr-block-association.association-id': id }) }),
        )
      ).Vpcs,
    );
    const block = has(only(associated.Ipv6CidrBlockAssociationSet), [
      'Ipv6CidrBlock',
      'Ipv6Pool',
      'NetworkBorderGroup',
    ]);
    equal(block.Ipv6CidrBlockState?.State, 'associated');
  });

  test('aws_subnet, and aws_ec2_subnet_cidr_reservation', async () => {
    const find = async () =>
      only((await lab.ec2.send(new sdk.DescribeSubnetsCommand({ SubnetIds: [SubnetId] }))).Subnets);
    const subnet = has(await find(), [
      'SubnetArn',
      'AssignIpv6AddressOnCreation',
      'AvailabilityZone',
      'AvailabilityZoneId',
      'CidrBlock',
      'EnableDns64',
      'Ipv6Native',
      'MapCustomerOwnedIpOnLaunch',
      'MapPublicIpOnLaunch',
      'OwnerId',
      'PrivateDnsNameOptionsOnLaunch',
      'State',
      'VpcId',
    ]);
    equal(subnet.State, 'available');
    has(subnet.PrivateDnsNameOptionsOnLaunch, [
      'EnableResourceNameDnsAAAARecord',
      'EnableResourceNameDnsARecord',
      'HostnameType',
    ]);
    const on = { Value: true };
    await lab.ec2.send(new sdk.ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: on }));
    await lab.ec2.send(new sdk.ModifySubnetAttributeCommand({ SubnetId, EnableResourceNameDnsARecordOnLaunch: on }));
    await lab.ec2.send(
      new sdk.ModifySubnetAttributeCommand({ SubnetId, PrivateDnsHostnameTypeOnLaunch: 'resource-name' }),
    );
    const changed = await find();
    equal(changed.MapPublicIpOnLaunch, true);
    deepEqual(changed.PrivateDnsNameOptionsOnLaunch, {
      EnableResourceNameDnsAAAARecord: false,
      EnableResourceNameDnsARecord: true,
      HostnameType: 'resource-name',
    });
    const vpc = only((await lab.ec2.send(new sdk.DescribeVpcsCommand({ VpcIds: [VpcId] }))).Vpcs);
    const Ipv6CidrBlock = present(vpc.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock, 'block').replace('/56', '/64');
    const { Ipv6CidrBlockAssociation } = await lab.ec2.send(
      new sdk.AssociateSubnetCidrBlockCommand({ SubnetId, Ipv6CidrBlock }),
    );
    const id = present(Ipv6CidrBlockAssociation?.AssociationId, 'AssociationId');
    const filters = where({ 'ipv6-cidr-block-association.association-id': id });
    const found = only((await lab.ec2.send(new sdk.DescribeSubnetsCommand({ Filters: filters }))).Subnets);
    equal(only(found.Ipv6CidrBlockAssociationSet).Ipv6CidrBlockState?.State, 'associated');
    const { SubnetCidrReservation } = await lab.ec2.send(
      new sdk.CreateSubnetCidrReservationCommand({ SubnetId, Cidr: '10.0.1.192/28', ReservationType: 'prefix' }),
    );
    const reservations = await lab.ec2.send(new sdk.GetSubnetCidrReservationsCommand({ SubnetId }));
    const shown = has(only(reservations.SubnetIpv4CidrReservations), [
      'Cidr',
      'OwnerId',
      'ReservationType',
      'SubnetId',
    ]);
    deepEqual(reservations.SubnetIpv6CidrReservations, []);
    const SubnetCidrReservationId = present(SubnetCidrReservation?.SubnetCidrReservationId, 'id');
    equal(shown.SubnetCidrReservationId, SubnetCidrReservationId);
    await lab.ec2.send(new sdk.DeleteSubnetCidrReservationCommand({ SubnetCidrReservationId }));
    deepEqual(
      (await lab.ec2.send(new sdk.GetSubnetCidrReservationsCommand({ SubnetId }))).SubnetIpv4CidrReservations,
      [],
    );
  });

  test('aws_security_group and its rules', async () => {
    // The provider takes the rule that lets everything out away, for IPv6 too, where its absence is no fault to it.
    await lab.ec2.send(new sdk.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [IPV4_OUT] }));
    await gone(
      lab.ec2.send(new sdk.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [IPV6_OUT] })),
      'InvalidPermission.NotFound',
    );
    const { SecurityGroupRules: made } = await lab.ec2.send(
      new sdk.AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'web' }] },
        ],
        TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'Name', Value: 'web' }] }],
      }),
    );
    const id = present(only(made).SecurityGroupRuleId, 'SecurityGroupRuleId');
    const rules = new sdk.DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] });
    const rule = has(only((await lab.ec2.send(rules)).SecurityGroupRules), [
      'GroupId',
      'GroupOwnerId',
      'IsEgress',
      'IpProtocol',
      'FromPort',
      'ToPort',
      'CidrIpv4',
      'Description',
      'Tags',
    ]);
    equal(rule.IsEgress, false);
    const group = only(
      (await lab.ec2.send(new sdk.DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }))).SecurityGroups,
    );
    has(group, ['OwnerId', 'Description', 'GroupName', 'VpcId', 'IpPermissions', 'IpPermissionsEgress']);
    deepEqual([group.IpPermissions?.length, group.IpPermissionsEgress?.length], [1, 0]);
    const inGroup = new sdk.DescribeSecurityGroupRulesCommand({ Filters: where({ 'group-id': GroupId }) });
    equal((await lab.ec2.send(inGroup)).SecurityGroupRules?.length, 1);
    await lab.ec2.send(new sdk.RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [id] }));
    await gone(lab.ec2.send(rules), 'InvalidSecurityGroupRuleId.NotFound');
  });

  test('aws_network_interface, aws_network_interface_attachment, aws_network_interface_sg_attachment', async () => {
    const id = await lab.createInterface({ Groups: [GroupId], SecondaryPrivateIpAddressCount: 1 });
    const eni = has(await lab.findInterface(id), [
      'AvailabilityZone',
      'Description',
      'Groups',
      'InterfaceType',
      'MacAddress',
      'OwnerId',
      'PrivateIpAddress',
      'PrivateIpAddresses',
      'RequesterManaged',
      'SourceDestCheck',
      'Status',
      'SubnetId',
      'VpcId',
    ]);
    deepEqual([eni.Status, eni.InterfaceType, eni.PrivateIpAddresses?.length], ['available', 'interface', 2]);
    const tagged = await lab.createInterface({ Ipv4PrefixCount: 1 });
    await lab.ec2.send(new sdk.CreateTagsCommand({ Resources: [tagged], Tags: [{ Key: 'Name', Value: 'prefixed' }] }));
    const prefixed = await lab.findInterface(tagged);
    deepEqual([prefixed.Ipv4Prefixes?.length, prefixed.TagSet?.length], [1, 1]);
    const instance = await lab.run({ SubnetId });
    const { AttachmentId } = await lab.ec2.send(
      new sdk.AttachNetworkInterfaceCommand({ NetworkInterfaceId: id, InstanceId: instance, DeviceIndex: 1 }),
    );
    const Filters = where({ 'attachment.attachment-id': present(AttachmentId, 'AttachmentId') });
    const find = async () =>
      (await lab.ec2.send(new sdk.DescribeNetworkInterfacesCommand({ Filters }))).NetworkInterfaces ?? [];
    const attachment = has(only(await find()).Attachment, [
      'AttachmentId',
      'AttachTime',
      'DeleteOnTermination',
      'DeviceIndex',
      'InstanceId',
      'NetworkCardIndex',
      'Status',
    ]);
    equal(attachment.Status, 'attached');
    const { SecurityGroups } = await lab.ec2.send(
      new sdk.DescribeSecurityGroupsCommand({ Filters: where({ 'vpc-id': VpcId, 'group-name': 'default' }) }),
    );
    const Groups = [GroupId, present(SecurityGroups?.[0]?.GroupId, 'GroupId')];
    await lab.ec2.send(new sdk.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: id, Groups }));
    equal((await lab.findInterface(id)).Groups?.length, 2);
    await lab.ec2.send(new sdk.DetachNetworkInterfaceCommand({ AttachmentId, Force: true }));
    deepEqual(await find(), []);
    await lab.ec2.send(new sdk.DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
    await gone(lab.findInterface(id), 'InvalidNetworkInterfaceID.NotFound');
    for (const name of ['subnet-id', 'group-id']) {
      const lingering = where({
        [name]: name === 'subnet-id' ? SubnetId : GroupId,
        description: 'AWS Lambda VPC ENI*',
      });
      const { NetworkInterfaces } = await lab.ec2.send(
        new sdk.DescribeNetworkInterfacesCommand({ Filters: lingering }),
      );
      deepEqual(NetworkInterfaces, []);
    }
    await lab.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [instance] }));
  });

  test('aws_network_interface_permission', async () => {
    const NetworkInterfaceId = await lab.createInterface();
    const { InterfacePermission } = await lab.ec2.send(
      new sdk.CreateNetworkInterfacePermissionCommand({
        NetworkInterfaceId,
        AwsAccountId: '111122223333',
        Permission: 'INSTANCE-ATTACH',
      }),
    );
    const NetworkInterfacePermissionId = present(InterfacePermission?.NetworkInterfacePermissionId, 'id');
    const find = new sdk.DescribeNetworkInterfacePermissionsCommand({
      NetworkInterfacePermissionIds: [NetworkInterfacePermissionId],
    });
    equal(only((await lab.ec2.send(find)).NetworkInterfacePermissions).PermissionState?.State as string, 'GRANTED');
    await lab.ec2.send(new sdk.DeleteNetworkInterfacePermissionCommand({ NetworkInterfacePermissionId }));
    await gone(lab.ec2.send(find), 'InvalidPermissionID.NotFound');
  });

  test('aws_eip and aws_eip_association', async () => {
    const { InternetGateway } = await lab.ec2.send(new sdk.CreateInternetGatewayCommand({}));
    const InternetGatewayId = present(InternetGateway?.InternetGatewayId, 'InternetGatewayId');
    await lab.ec2.send(new sdk.AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
    const gateways = new sdk.DescribeInternetGatewaysCommand({ InternetGatewayIds: [InternetGatewayId] });
    const gateway = has(only((await lab.ec2.send(gateways)).InternetGateways), ['OwnerId', 'Attachments']);
    equal(only(gateway.Attachments).State, 'available');
    const { AllocationId } = await lab.ec2.send(new sdk.AllocateAddressCommand({ Domain: 'vpc' }));
    const allocation = present(AllocationId, 'AllocationId');
    const find = new sdk.DescribeAddressesCommand({ AllocationIds: [allocation] });
    const members = ['AllocationId', 'Domain', 'NetworkBorderGroup', 'PublicIp', 'PublicIpv4Pool'] as const;
    equal(has(only((await lab.ec2.send(find)).Addresses), members).AssociationId, undefined);
    const attributes = new sdk.DescribeAddressesAttributeCommand({
      AllocationIds: [allocation],
      Attribute: 'domain-name',
    });
    deepEqual((await lab.ec2.send(attributes)).Addresses, []);
    const NetworkInterfaceId = await lab.createInterface();
    const { AssociationId } = await lab.ec2.send(
      new sdk.AssociateAddressCommand({ AllocationId, NetworkInterfaceId, AllowReassociation: true }),
    );
    const id = present(AssociationId, 'AssociationId');
    const associated = new sdk.DescribeAddressesCommand({ Filters: where({ 'association-id': id }) });
    has(only((await lab.ec2.send(associated)).Addresses), [
      'AssociationId',
      'NetworkInterfaceId',
      'NetworkInterfaceOwnerId',
      'PrivateIpAddress',
    ]);
    await lab.ec2.send(new sdk.DisassociateAddressCommand({ AssociationId }));
    await gone(lab.ec2.send(new sdk.DisassociateAddressCommand({ AssociationId })), 'InvalidAssociationID.NotFound');
    deepEqual((await lab.ec2.send(associated)).Addresses, []);
    await lab.ec2.send(new sdk.ReleaseAddressCommand({ AllocationId, NetworkBorderGroup: 'us-east-1' }));
    await gone(lab.ec2.send(find), 'InvalidAllocationID.NotFound');
  });
});
