/** Namespace guests: how soon a new one answers, and how fast two of them talk, against a bare veth pair. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { atMost, compared, figure, type Line, median } from './line.ts';
import { withOvn } from './ovn.ts';
import type { QueryClient } from './query-client.ts';
import { CLI, type ServerProcess, startLocalvpc } from './server-process.ts';
import { roundTripMs, type TcpPath, tcpGigabits, withVethPair } from './tcp.ts';

const BOOTS = 5;
const ATTACHMENTS = 5;
const TCP_ROUNDS = 3;
const TCP_SECONDS = 2;
/** A pinger gives up after this. */
const DEADLINE_SECONDS = 10;

interface Guest {
  readonly id: string;
  readonly address: string;
}

/** Some 20 s. Without namespace guests there is nothing to measure. */
export async function measureGuests(): Promise<readonly Line[]> {
  const server = await startLocalvpc();
  try {
    const subnets = await makeSubnets(server.client);
    const client = await launch(server.client, subnets[0]);
    return [
      ...(await bootLines(server, subnets[1], client)),
      ...(await attachLines(server, subnets[1], client)),
      ...(await tcpLines(server, subnets[1], client)),
    ];
  } finally {
    await server.end();
  }
}

async function makeSubnets(client: QueryClient): Promise<readonly [string, string]> {
  const vpc = await client.value('vpcId', 'CreateVpc', { CidrBlock: '10.78.0.0/16' });
  const subnet = (cidr: string): Promise<string> =>
    client.value('subnetId', 'CreateSubnet', { VpcId: vpc, CidrBlock: cidr });
  return [await subnet('10.78.1.0/24'), await subnet('10.78.2.0/24')];
}

/** With no group named, guests are in the VPC's default group, whose members may talk. */
async function launch(client: QueryClient, subnet: string, address?: string): Promise<Guest> {
  const answer = await client.call('RunInstances', {
    ImageId: 'ami-host',
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnet,
    ...(address === undefined ? {} : { PrivateIpAddress: address }),
  });
  const id = /<instanceId>([^<]+)</.exec(answer)?.[1];
  const found = /<privateIpAddress>([^<]+)</.exec(answer)?.[1];
  if (id === undefined || found === undefined) throw new Error(`RunInstances answered ${answer.slice(0, 400)}`);
  return { id, address: found };
}

async function bootLines(server: ServerProcess, subnet: string, pinger: Guest): Promise<readonly Line[]> {
  const boots: Appearance[] = [];
  for (let boot = 0; boot < BOOTS; boot++) {
    const address = `10.78.2.${100 + boot}`;
    let id = '';
    const appeared = await appearance(server, pinger, address, async () => {
      id = (await launch(server.client, subnet, address)).id;
    });
    boots.push(appeared);
    await server.client.call('TerminateInstances', { 'InstanceId.1': id });
  }
  return [
    atMost('RunInstances to the first answered ping', median(boots.map(({ pingMs }) => pingMs)), 250, 'ms'),
    figure('of that, until RunInstances has answered', `${median(boots.map(({ callMs }) => callMs)).toFixed(0)} ms`),
  ];
}

/** An interface is in the guest when AttachNetworkInterface has answered (test/interfaces.test.ts), so its time is that of the call. */
async function attachLines(server: ServerProcess, subnet: string, pinger: Guest): Promise<readonly Line[]> {
  const { client } = server;
  const { id } = await launch(client, subnet);
  const attachments: Appearance[] = [];
  for (let attachment = 0; attachment < ATTACHMENTS; attachment++) {
    const address = `10.78.2.${200 + attachment}`;
    const request = { SubnetId: subnet, PrivateIpAddress: address };
    const eni = await client.value('networkInterfaceId', 'CreateNetworkInterface', request);
    let attachmentId = '';
    const appeared = await appearance(server, pinger, address, async () => {
      const attach = { NetworkInterfaceId: eni, InstanceId: id, DeviceIndex: '1' };
      attachmentId = await client.value('attachmentId', 'AttachNetworkInterface', attach);
    });
    attachments.push(appeared);
    await client.call('DetachNetworkInterface', { AttachmentId: attachmentId });
  }
  await client.call('TerminateInstances', { 'InstanceId.1': id });
  const calls = attachments.map(({ callMs }) => callMs);
  return [
    atMost('AttachNetworkInterface, until eth1 is in the running guest', median(calls), 100, 'ms'),
    figure('the same, to the first answered ping', `${median(attachments.map(({ pingMs }) => pingMs)).toFixed(0)} ms`),
  ];
}

/** How long something that a call makes took to be there, from the call on, in milliseconds. */
interface Appearance {
  readonly callMs: number;
  readonly pingMs: number;
}

/** A guest pings the address every 5 ms while a call makes that somebody answers. */
async function appearance(
  server: ServerProcess,
  pinger: Guest,
  address: string,
  call: () => Promise<void>,
): Promise<Appearance> {
  // The guest may just have been launched, and have no address yet. What ping prints first waits for the first reply; echo
  // says that it is about to begin.
  const command = `until ip route get ${address} >/dev/null 2>&1; do sleep 0.01; done; echo; exec ping -n -D -i 0.005 -w ${DEADLINE_SECONDS} ${address}`;
  const ping = exec(server, pinger, ['sh', '-c', command]);
  await once(ping.stdout ?? ping, 'data');
  const reply = firstReplyMs(ping);
  const calledAtMs = performance.timeOrigin + performance.now();
  const called = call().then(() => performance.timeOrigin + performance.now() - calledAtMs);
  // Together: a ping that ends early is then an error of this function, after which the server is ended.
  const [callMs, repliedAtMs] = await Promise.all([called, reply]);
  const pingMs = repliedAtMs - calledAtMs;
  await endChild(ping);
  return { callMs, pingMs };
}

/** When the first echo reply came, as ping itself dates it (`-D`), in milliseconds since the epoch. */
function firstReplyMs(ping: ChildProcess): Promise<number> {
  let text = '';
  return new Promise((resolve, reject) => {
    ping.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const at = /^\[([\d.]+)\] \d+ bytes from/m.exec(text)?.[1];
      if (at !== undefined) resolve(Number(at) * 1000);
    });
    ping.once('exit', () => reject(new Error(`no ping was answered: ${text.slice(-300)}`)));
  });
}

async function tcpLines(server: ServerProcess, subnet: string, client: Guest): Promise<readonly Line[]> {
  const target = await launch(server.client, subnet);
  const guests: TcpPath = {
    address: target.address,
    onServer: (command) => exec(server, target, command),
    onClient: (command) => exec(server, client, command),
  };
  // The first seconds pass while V8 optimizes the pipeline.
  await tcpGigabits(guests, TCP_SECONDS);
  return withVethPair((veth) => withOvn((ovn) => compareTcp(guests, veth, ovn)));
}

/** In rounds, one way after the other. */
async function compareTcp(guests: TcpPath, veth: TcpPath, ovn: TcpPath | undefined): Promise<readonly Line[]> {
  const rates: { readonly guests: number; readonly veth: number; readonly ovn: number }[] = [];
  for (let round = 0; round < TCP_ROUNDS; round++)
    rates.push({
      guests: await tcpGigabits(guests, TCP_SECONDS),
      veth: await tcpGigabits(veth, TCP_SECONDS),
      ovn: ovn ? await tcpGigabits(ovn, TCP_SECONDS) : 0,
    });
  const ours = median(rates.map((rate) => rate.guests));
  const bare = median(rates.map((rate) => rate.veth));
  const switched = median(rates.map((rate) => rate.ovn));
  const measured = `${ours.toFixed(1)} Gbit/s`;
  const againstOvn = 'the same against OVN, Open vSwitch in user space';
  return [
    compared('TCP between guests of two subnets, MTU 9001', {
      measured,
      reference: `${bare.toFixed(1)} Gbit/s (bare veth pair)`,
      ratio: ours / bare,
      target: 0.7,
    }),
    ovn
      ? compared(againstOvn, {
          measured,
          reference: `${switched.toFixed(2)} Gbit/s (OVN)`,
          ratio: ours / switched,
          target: 10,
        })
      : figure(againstOvn, 'not measured: OVN is not installed'),
    {
      ...figure('round trip between them, average', `${(await roundTripMs(guests)).toFixed(3)} ms`),
      reference: `${(await roundTripMs(veth)).toFixed(3)} ms (bare veth pair)`,
    },
  ];
}

const exec = (server: ServerProcess, guest: Guest, command: readonly string[]): ChildProcess =>
  spawn(process.execPath, [CLI, 'exec', guest.id, '--', ...command], {
    env: { ...process.env, LOCALVPC_ENDPOINT: server.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
