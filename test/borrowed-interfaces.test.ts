/** An interface of one account at a running instance of another: packets, metadata, and its end from either side. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateNetworkInterfacePermissionCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DisassociateAddressCommand,
  type EC2Client,
  type InterfacePermissionType,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { addressesOf, launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { attach, type CreatedInterface, createInterface, detach } from './fixture/network-interface.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING, makePublic, tcp } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

const OWNER = '123456789012';
const BORROWER = '222222222222';

describe('an interface of another account', { skip }, () => {
  let localvpc: LocalVpc;
  let owner: EC2Client;
  let borrower: EC2Client;
  let neighbour: RunningInstance;
  let machine: RunningInstance;
  let openGroup = '';
  let closedGroup = '';
  let lent: CreatedInterface;
  let attachmentId = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    owner = localvpc.ec2;
    borrower = localvpc.client({ account: BORROWER });
    const guest = async (ec2: EC2Client, cidr: string, subnet: string) => {
      const vpcId = await createVpc(ec2, cidr);
      const subnetId = await createSubnet(ec2, vpcId, subnet);
      const group = await createGroup(ec2, vpcId, EVERYTHING);
      return { vpcId, subnetId, group, instance: await launch(localvpc, { subnetId, groups: [group], ec2 }) };
    };
    const [own, other] = await Promise.all([
      guest(owner, '10.0.0.0/16', '10.0.1.0/24'),
      guest(borrower, '10.1.0.0/16', '10.1.1.0/24'),
    ]);
    neighbour = own.instance;
    machine = other.instance;
    openGroup = own.group;
    closedGroup = await createGroup(owner, own.vpcId, tcp(81));
    await Promise.all([neighbour, machine].map((one) => serve(localvpc, one, 80)));
    lent = await createInterface(owner, own.subnetId, openGroup);
    await makePublic(owner, own.vpcId, own.subnetId);
    await grant('INSTANCE-ATTACH');
  });
  after(() => localvpc.close());

  const grant = (Permission: InterfacePermissionType) =>
    owner.send(
      new CreateNetworkInterfacePermissionCommand({
        NetworkInterfaceId: lent.id,
        AwsAccountId: BORROWER,
        Permission,
      }),
    );

  const plug = async (): Promise<void> => {
    attachmentId = await attach(borrower, lent, machine, 1);
    await until(`${machine.id} has ${lent.address} on eth1`, async () =>
      (await addressesOf(localvpc, machine, 'eth1')).includes(lent.address),
    );
  };

  const isGone = async (): Promise<void> => {
    equal((await localvpc.exec(machine, 'test', '-e', '/sys/class/net/eth1')).status, 1);
    await isDropped(localvpc, neighbour, lent.address, 80);
    const { NetworkInterfaces } = await owner.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [lent.id] }),
    );
    equal(NetworkInterfaces?.[0]?.Status, 'available');
  };

  test('carries packets of its own network to and from the instance, and its groups decide', async () => {
    await plug();
    equal(await reaches(localvpc, neighbour, lent.address, 80), neighbour.address);
    equal(await reaches(localvpc, machine, neighbour.address, 80), lent.address);
    await isDropped(localvpc, neighbour, machine.address, 80);
    const groups = (id: string) =>
      owner.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: lent.id, Groups: [id] }));
    await groups(closedGroup);
    await isDropped(localvpc, neighbour, lent.address, 80);
    await groups(openGroup);
    await reaches(localvpc, neighbour, lent.address, 80);
  });

  test('is shown to its instance, and to the guest in it, as that of its owner', async () => {
    const { Reservations } = await borrower.send(new DescribeInstancesCommand({ InstanceIds: [machine.id] }));
    const interfaces = Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces ?? [];
    deepEqual(
      interfaces.map(({ NetworkInterfaceId, OwnerId }) => [NetworkInterfaceId, OwnerId]),
      [
        [machine.interfaceId, BORROWER],
        [lent.id, OWNER],
      ],
    );
    const macs = 'http://169.254.169.254/latest/meta-data/network/interfaces/macs';
    const owners = await localvpc.sh(
      machine,
      `token=$(curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
      for one in eth0 eth1; do
        curl -s --interface $one -H "X-aws-ec2-metadata-token: $token" ${macs}/$(cat /sys/class/net/eth1/address)/owner-id; echo
      done`,
    );
    deepEqual(owners.split('\n'), [OWNER, OWNER]);
  });

  test("has an Elastic IP of the instance's account, at which the outside world finds the instance", async () => {
    const { AllocationId, PublicIp = '' } = await borrower.send(new AllocateAddressCommand({}));
    const associate = () => borrower.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: lent.id }));
    await rejects(associate, { name: 'InvalidNetworkInterfaceID.NotFound' });
    await grant('EIP-ASSOCIATE');
    const { AssociationId } = await associate();
    await reaches(localvpc, 'internet', PublicIp, 80);
    await owner.send(new DisassociateAddressCommand({ AssociationId }));
    await isDropped(localvpc, 'internet', PublicIp, 80);
  });

  test('is taken back by its owner', async () => {
    await detach(owner, attachmentId);
    await isGone();
  });

  test('is given back by the borrower', async () => {
    await plug();
    await reaches(localvpc, neighbour, lent.address, 80);
    await detach(borrower, attachmentId);
    await isGone();
  });
});
