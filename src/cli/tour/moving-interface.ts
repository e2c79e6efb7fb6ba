/** Sixth step: a secondary interface goes from one instance to another, and its address goes with it. */
import {
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  DetachNetworkInterfaceCommand,
} from '@aws-sdk/client-ec2';
import type { TourInstances } from './instances.ts';
import { named, type TourNetwork } from './network.ts';
import { present } from './present.ts';
import { type Show, type TourInstance, until } from './show.ts';

interface MovingInterface {
  readonly id: string;
  readonly address: string;
  readonly mac: string;
}

export async function moveInterface(show: Show, network: TourNetwork, instances: TourInstances): Promise<void> {
  show.step('A secondary interface, moved to another instance with its address');
  const { web, other, database } = instances;
  const moving = await create(show, network);
  // To `web` at last: an instance with two interfaces gets no new auto-assigned address at its next start.
  const attachmentId = await attach(show, moving, other);
  await showAnswer(show, database, moving, other);
  await show.ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId: attachmentId }));
  await detached(show, moving);
  show.called('DetachNetworkInterface', `${moving.id} from ${other.name}`);
  await attach(show, moving, web);
  await showAnswer(show, database, moving, web);
  const { output } = await show.run(web, 'ip', '-brief', 'link');
  show.expect(output.toLowerCase().includes(moving.mac), `the MAC address ${moving.mac} has moved too`);
}

async function create(show: Show, { privateSubnetId, webGroupId }: TourNetwork): Promise<MovingInterface> {
  const { NetworkInterface } = await show.ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: privateSubnetId,
      Groups: [webGroupId],
      TagSpecifications: named('network-interface', 'moving'),
    }),
  );
  const id = present(NetworkInterface?.NetworkInterfaceId, 'NetworkInterfaceId');
  const address = present(NetworkInterface?.PrivateIpAddress, 'PrivateIpAddress');
  show.called('CreateNetworkInterface', `${id} at ${address}`);
  return { id, address, mac: present(NetworkInterface?.MacAddress, 'MacAddress').toLowerCase() };
}

async function attach(show: Show, moving: MovingInterface, instance: TourInstance): Promise<string> {
  const { AttachmentId } = await show.ec2.send(
    new AttachNetworkInterfaceCommand({ NetworkInterfaceId: moving.id, InstanceId: instance.id, DeviceIndex: 1 }),
  );
  show.called('AttachNetworkInterface', `${moving.id} to ${instance.name}, which runs on`);
  return present(AttachmentId, 'AttachmentId');
}

/** A detached interface is `available`; until then it can be attached nowhere else. */
async function detached(show: Show, { id }: MovingInterface): Promise<void> {
  await until(`${id} is not available`, async () => {
    const { NetworkInterfaces } = await show.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }),
    );
    return NetworkInterfaces?.[0]?.Status === 'available' ? id : undefined;
  });
}

async function showAnswer(show: Show, from: TourInstance, moving: MovingInterface, by: TourInstance): Promise<void> {
  const page = await show.runUntilItWorks(from, 'curl', '-sS', '--max-time', '2', `http://${moving.address}/`);
  const host = hostNameOf(by);
  show.expect(page.output.includes(host), `${moving.address} is answered by ${by.name}, whose host name is ${host}`);
}

/** The first label of an instance's private DNS name. */
const hostNameOf = ({ privateAddress }: TourInstance): string => `ip-${privateAddress.replaceAll('.', '-')}`;
