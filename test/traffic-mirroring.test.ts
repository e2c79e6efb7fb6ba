/** Traffic mirroring between real guests: what one says to another, a third sees with tcpdump, in VXLAN. */
import { equal, match } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DeleteTrafficMirrorSessionCommand,
} from '@aws-sdk/client-ec2';
import { capture } from './fixture/capture.ts';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING, tcp } from './fixture/vpc.ts';
import { reaches, serve } from './fixture/web.ts';

describe('traffic mirroring', { skip }, () => {
  let localvpc: LocalVpc;
  let client: RunningInstance;
  let web: RunningInstance;
  let watcher: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.72.0.0/16');
    const subnetId = await createSubnet(ec2, vpcId, '10.72.1.0/24');
    const watchers = await createSubnet(ec2, vpcId, '10.72.2.0/24');
    const groups = [await createGroup(ec2, vpcId, tcp(80))];
    const open = [await createGroup(ec2, vpcId, EVERYTHING)];
    [client, web, watcher] = await Promise.all([
      launch(localvpc, { subnetId, groups }),
      launch(localvpc, { subnetId, groups }),
      launch(localvpc, { subnetId: watchers, groups: open }),
    ]);
    await serve(localvpc, web, 80);
  });
  after(async () => {
    await localvpc.close();
  });

  test('a third instance sees what one asks another, and what it answers, and nothing when the session is gone', async () => {
    const { ec2 } = localvpc;
    const { TrafficMirrorTarget } = await ec2.send(
      new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: watcher.interfaceId }),
    );
    const { TrafficMirrorFilter } = await ec2.send(new CreateTrafficMirrorFilterCommand({}));
    const filter = present(TrafficMirrorFilter?.TrafficMirrorFilterId, 'filter');
    for (const TrafficDirection of ['ingress', 'egress'] as const)
      await ec2.send(
        new CreateTrafficMirrorFilterRuleCommand({
          TrafficMirrorFilterId: filter,
          TrafficDirection,
          RuleNumber: 1,
          RuleAction: 'accept',
          Protocol: 6,
          SourceCidrBlock: '0.0.0.0/0',
          DestinationCidrBlock: '0.0.0.0/0',
        }),
      );
    const { TrafficMirrorSession } = await ec2.send(
      new CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: web.interfaceId,
        TrafficMirrorTargetId: present(TrafficMirrorTarget?.TrafficMirrorTargetId, 'target'),
        TrafficMirrorFilterId: filter,
        SessionNumber: 1,
        VirtualNetworkId: 4711,
      }),
    );
    const mirrored = await capture(localvpc, watcher, 'udp port 4789');
    await reaches(localvpc, client, web.address, 80);
    let seen = '';
    await until('the connection is seen to its end', async () => {
      seen = await mirrored.text();
      return (seen.match(/Flags \[F/g) ?? []).length >= 2;
    });
    match(
      seen,
      new RegExp(`IP ${web.address}\\.\\d+ > ${watcher.address}\\.4789: VXLAN, flags \\[I\\] \\(0x08\\), vni 4711`),
    );
    match(seen, new RegExp(`IP ${client.address}\\.\\d+ > ${web.address}\\.80: Flags \\[S\\]`));
    match(seen, new RegExp(`IP ${web.address}\\.80 > ${client.address}\\.\\d+: Flags \\[S\\.\\]`));
    await ec2.send(
      new DeleteTrafficMirrorSessionCommand({
        TrafficMirrorSessionId: present(TrafficMirrorSession?.TrafficMirrorSessionId, 'session'),
      }),
    );
    const before = await mirrored.text();
    await reaches(localvpc, client, web.address, 80);
    await delay(300);
    equal(await mirrored.text(), before);
  });
});
