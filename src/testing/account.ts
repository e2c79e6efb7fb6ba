/** An account with an empty world of its own, for tests of actions: `account.call('CreateVpc', { CidrBlock: '10.0.0.0/16' })`. */
import { allActions } from '../ec2/actions/all.ts';
import type { DecodedStructure } from '../ec2/decode.ts';
import type { OperationName, RequestOf, ResultOf } from '../ec2/operation.ts';
import { accessAnalyserOf } from '../insights/reachability/access-scope.ts';
import { analyserOf } from '../insights/reachability/analyse.ts';
import type { AnalyserParts } from '../insights/reachability/analysis-question.ts';
import { DEFAULT_ENVIRONMENT, type Environment } from '../model/environment.ts';
import { Fault, type FaultCode } from '../model/fault.ts';
import { prepareScope } from '../model/first-state.ts';
import type { Latencies } from '../model/latencies.ts';
import type { Scope } from '../model/scope.ts';
import { Topology, type TopologySizes } from '../model/topology.ts';
import type { RandomSource, Transaction } from '../model/transaction.ts';
import { type Committed, type ObserveChanges, World } from '../model/world.ts';
import { fakeKeyGeneration } from './key-generation.ts';
import { copyOf, outsideWorld } from './network-copy.ts';

/** A request: nothing need be said where nothing is required. */
type RequestArguments<N extends OperationName> =
  Record<never, never> extends RequestOf<N> ? [request?: RequestOf<N>] : [request: RequestOf<N>];

/** Calls actions as one account in one Region, without a wire. */
export interface TestAccount {
  readonly scope: Scope;
  readonly world: World;
  /** Calls an operation in a transaction of its own. @throws Fault as the caller would see it */
  call<const N extends OperationName>(name: N, ...request: RequestArguments<N>): ResultOf<N>;
  /** The same, with the changes and orders that the call leads to. */
  commit<const N extends OperationName>(name: N, ...request: RequestArguments<N>): Committed<ResultOf<N>>;
  /** Runs rules of the model in a transaction of its own. */
  transact<Result>(work: (tx: Transaction) => Result): Result;
  /** The same, and puts everything back. */
  dryRun<Result>(work: (tx: Transaction) => Result): Result;
  /** "Code: message" of the fault that the work throws. @throws Error when it throws none */
  fault(work: () => unknown): string;
  /** The code alone. @throws Error when it throws no fault */
  faultCode(work: () => unknown): FaultCode;
  /** Another account or Region of the same world. */
  in(scope: Partial<Scope>): TestAccount;
  /** Moves the clock of the world. */
  advance(milliseconds: number): void;
}

/** Options of a world for a test. */
export interface TestAccountOptions {
  /** Everything random follows from it. Default 1. */
  readonly seed?: number;
  /** Default "us-east-1". */
  readonly region?: string;
  /** Twelve digits. Default "123456789012". */
  readonly account?: string;
  /** Milliseconds since the epoch. Default 2024-01-02T03:04:05Z. */
  readonly nowMs?: number;
  /** What its zones are made of. Default as of a localvpc that runs. */
  readonly hosts?: TopologySizes;
  /** How long packets take between hosts. Default: distance makes no difference. */
  readonly latencies?: Latencies;
  /** Who else is told of changes, as in a localvpc that runs. Default nobody. */
  readonly observe?: ObserveChanges;
  /** How much of AWS's rates instances have. Default: nothing limits them. */
  readonly rates?: number;
  /** What is otherwise than by default. */
  readonly environment?: Partial<Environment>;
}

/** An account in a new world. */
export function testAccount(options: TestAccountOptions = {}): TestAccount {
  const { seed = 1, region = 'us-east-1', account = '123456789012' } = options;
  const clock = { nowMs: options.nowMs ?? Date.UTC(2024, 0, 2, 3, 4, 5) };
  const parts: AnalyserParts = {
    copy: () => copyOf(world, clock.nowMs),
    internet: () => outsideWorld,
    scopes: () => world.accountScopes(),
  };
  const environment = {
    ...DEFAULT_ENVIRONMENT,
    rates: options.rates,
    topology: new Topology(options.hosts),
    latencies: options.latencies,
    keyGeneration: fakeKeyGeneration(),
    analyseReachability: analyserOf(parts),
    analyseAccess: accessAnalyserOf(parts),
    ...options.environment,
  };
  const world: World = new World(seededRandom(seed), prepareScope, environment, options.observe);
  return accountIn({ account, region }, world, clock);
}

function accountIn(scope: Scope, world: World, clock: { nowMs: number }): TestAccount {
  const transact = <Result>(work: (tx: Transaction) => Result): Committed<Result> =>
    world.transact(scope, clock.nowMs, work);
  const commit = (name: OperationName, request: DecodedStructure = {}): Committed<unknown> => {
    const action = allActions.find((candidate) => candidate.name === name);
    if (!action) throw new Error(`no action serves ${name}; is its list in actions/all.ts?`);
    return transact((tx) => action.call(request, tx));
  };
  // Over `unknown`: to prove that these fit, the compiler would compare the types of every operation, for a minute.
  const account: unknown = {
    scope,
    world,
    commit,
    call: (name: OperationName, request?: DecodedStructure) => commit(name, request).result,
    transact: <Result>(work: (tx: Transaction) => Result) => transact(work).result,
    dryRun: <Result>(work: (tx: Transaction) => Result) =>
      world.transact(scope, clock.nowMs, work, { dryRun: true }).result,
    fault: (work: () => unknown) => {
      const fault = faultOf(work);
      return `${fault.code}: ${fault.message}`;
    },
    faultCode: (work: () => unknown) => faultOf(work).code,
    in: (other: Partial<Scope>) => accountIn({ ...scope, ...other }, world, clock),
    advance: (milliseconds: number) => {
      clock.nowMs += milliseconds;
    },
  };
  return account as TestAccount;
}

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('expected a fault, and there was none');
}

/** Numbers that follow from a seed (mulberry32), two draws of 24 bits each: enough for bounds up to 2^48. */
export function seededRandom(seed: number): RandomSource {
  let state = seed | 0;
  const next24Bits = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 8;
  };
  return { integer: (bound) => Math.floor(((next24Bits() * 2 ** 24 + next24Bits()) / 2 ** 48) * bound) };
}
