/** What the official SDKs send for every operation of the services beside EC2 is what we decode, and what we encode is what they read. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as classic from '@aws-sdk/client-elastic-load-balancing';
import * as v2 from '@aws-sdk/client-elastic-load-balancing-v2';
import * as firewall from '@aws-sdk/client-network-firewall';
import { createEndpoint, type Endpoint } from '../ec2/dispatch.ts';
import { type SchemaSource, shapesOf } from '../ec2/schema.ts';
import type { OtherService } from '../ec2/service.ts';
import { Fault } from '../model/fault.ts';
import { World } from '../model/world.ts';
import { makeValue, seeded } from '../testing/made-values.ts';
import * as classicSchemas from './elastic-load-balancing/sdk-schemas.ts';
import * as v2Schemas from './elastic-load-balancing-v2/sdk-schemas.ts';
import { jsonService } from './json-service.ts';
import * as firewallSchemas from './network-firewall/sdk-schemas.ts';
import { queryService } from './query-service.ts';
import type { ServiceAction } from './service-action.ts';

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function endpointOf(services: readonly OtherService[]): Endpoint {
  const world = new World({ integer: () => 0 }, () => undefined);
  return createEndpoint({
    actions: [],
    services,
    execute: async (scope, work) => world.transact(scope, 0, work).result,
    dryRun: (scope, work) => world.transact(scope, 0, work, { dryRun: true }).result,
    hash: { sha256: () => new Uint8Array(32), hmacSha256: () => new Uint8Array(32) },
    newRequestId: () => '00000000-0000-4000-8000-000000000000',
    credentials: undefined,
    mistake: (error) => {
      throw error;
    },
  });
}

/** What a client needs to have its requests answered by an endpoint. */
const clientOptions = (endpoint: () => Endpoint) => ({
  region: 'eu-west-1',
  maxAttempts: 1,
  credentials: { accessKeyId: '111122223333', secretAccessKey: 'secret' },
  requestHandler: {
    async handle({ method, headers, body }: Sent) {
      const bytes = new TextEncoder().encode(String(body));
      const request = { method, target: '/', headers, body: bytes, nowMs: 0 };
      const answer = await endpoint()(request);
      const read = {
        statusCode: answer.status,
        headers: { ...answer.headers },
        body: new TextEncoder().encode(answer.body),
      };
      return { response: read };
    },
  },
});

type Called = (name: string, request: object) => object;

/** A service each of whose operations is answered by a function. */
type ServiceOf = (called: Called) => OtherService;

const actionsOf = (schemas: SchemaSource, called: Called): readonly ServiceAction[] =>
  shapesOf(schemas, 'aws')
    .operationNames()
    .map((name) => ({ name, coverage: { state: 'works' }, call: (request) => called(name, request) }));

const balancing = (version: string, schemas: SchemaSource): ServiceOf => {
  const namespace = `http://elasticloadbalancing.amazonaws.com/doc/${version}/`;
  const parts = {
    title: 'balancing',
    command: 'elbv2',
    signingName: 'elasticloadbalancing',
    version,
    namespace,
    schemas,
  };
  return (called) => queryService({ ...parts, actions: actionsOf(schemas, called) });
};

const firewallService: ServiceOf = (called) =>
  jsonService({
    title: 'firewall',
    command: 'network-firewall',
    signingName: 'network-firewall',
    targetPrefix: 'NetworkFirewall_20201112',
    schemas: firewallSchemas,
    actions: actionsOf(firewallSchemas, called),
  });

let endpoint: Endpoint = endpointOf([]);
const options = clientOptions(() => endpoint);
const SERVICES = [
  {
    title: 'Elastic Load Balancing v2',
    sdk: v2 as Readonly<Record<string, unknown>>,
    client: new v2.ElasticLoadBalancingV2Client(options),
    serviceOf: balancing('2015-12-01', v2Schemas),
    schemas: v2Schemas,
  },
  {
    title: 'Classic Load Balancing',
    sdk: classic as Readonly<Record<string, unknown>>,
    client: new classic.ElasticLoadBalancingClient(options),
    serviceOf: balancing('2012-06-01', classicSchemas),
    schemas: classicSchemas,
  },
  {
    title: 'Network Firewall',
    sdk: firewall as Readonly<Record<string, unknown>>,
    client: new firewall.NetworkFirewallClient(options),
    serviceOf: firewallService,
    schemas: firewallSchemas,
  },
];

/** Sends through any client; the three have no type in common. */
async function send(client: unknown, command: unknown): Promise<Readonly<Record<string, unknown>>> {
  const { $metadata: _, ...answer } = await (client as AnyClient).send(command);
  return answer;
}

interface AnyClient {
  send(command: unknown): Promise<Readonly<Record<string, unknown>>>;
}

for (const { title, sdk, client, serviceOf, schemas } of SERVICES) {
  for (const [manner, random, shortest] of [
    ['at random', seeded(7), 0],
    ['with every member', () => 0, 1],
  ] as const)
    test(`every operation of ${title} survives the way from the SDK to us and back, ${manner}`, async () => {
      const shapes = shapesOf(schemas, 'aws');
      for (const name of shapes.operationNames()) {
        const shape = shapes.operationShape(name);
        ok(shape);
        const input = Object(makeValue(shape.input, { random, empties: false, shortest: 1 }));
        const output = Object(shape.output ? makeValue(shape.output, { random, empties: true, shortest }) : {});
        let decoded: object = {};
        endpoint = endpointOf([
          serviceOf((called, request) => {
            equal(called, name);
            decoded = request;
            return output;
          }),
        ]);
        const Command = sdk[`${name}Command`];
        ok(typeof Command === 'function');
        const read = await send(client, Reflect.construct(Command, [input]));
        deepEqual(decoded, input, `request of ${name}`);
        deepEqual(read, output, `answer of ${name}`);
      }
    });
}

test('a fault reaches the caller as the error of its service', async () => {
  const [v2Service, , firewalls] = SERVICES;
  ok(v2Service && firewalls);
  endpoint = endpointOf([
    v2Service.serviceOf(() => {
      throw new Fault('LoadBalancerNotFound');
    }),
    firewalls.serviceOf(() => {
      throw new Fault('ResourceNotFoundException', 'There is no such firewall.');
    }),
  ]);
  const caught = async (asked: Promise<unknown>): Promise<string> =>
    await asked.then(
      () => 'nothing',
      (error: unknown) => String(error),
    );
  const asked = send(v2Service.client, new v2.DescribeLoadBalancersCommand({}));
  match(await caught(asked), /^LoadBalancerNotFoundException: One or more load balancers not found/);
  const other = send(firewalls.client, new firewall.DescribeFirewallCommand({ FirewallName: 'x' }));
  match(await caught(other), /^ResourceNotFoundException: There is no such firewall\./);
});

test('two versions of one service are told apart, and a missing parameter is a validation error', async () => {
  endpoint = endpointOf([
    balancing('2015-12-01', v2Schemas)(() => ({ LoadBalancers: [] })),
    balancing('2012-06-01', classicSchemas)(() => ({ LoadBalancerDescriptions: [] })),
  ]);
  const ask = async (form: string) => {
    const body = new TextEncoder().encode(form);
    const { body: answer } = await endpoint({ method: 'POST', target: '/', headers: {}, body, nowMs: 0 });
    return answer;
  };
  match(await ask('Action=DescribeLoadBalancers&Version=2015-12-01'), /<LoadBalancers><\/LoadBalancers>/);
  match(await ask('Action=DescribeLoadBalancers&Version=2012-06-01'), /<LoadBalancerDescriptions>/);
  match(await ask('Action=CreateListener&Version=2015-12-01'), /<Code>ValidationError<\/Code>/);
  match(await ask('Action=DescribeVpcs&Version=2015-12-01'), /<Code>InvalidAction<\/Code>/);
});
