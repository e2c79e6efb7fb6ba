/** What happens at random in a random network, one thing after the other. */
import fc from 'fast-check';
import type { RuleTexts } from './network-rows.ts';
import { SUBNETS } from './random-network.ts';
import { aclRules, groupRules, port } from './random-rules.ts';

/** One thing that happens in a network. Hosts and destinations are numbers that are taken modulo how many there are. */
export type Step =
  | {
      readonly kind: 'send';
      readonly from: number;
      readonly to: number;
      /** Whether the source is the sender's own address; else that of another host. */
      readonly isHonest: boolean;
      readonly traffic: 'tcp' | 'data' | 'udp' | 'ping' | 'echo-reply' | 'other';
      readonly port: number;
      readonly isAnswered: boolean;
    }
  /** The receiver of the last packet answers, ends or resets; or its sender goes on or ends. */
  | { readonly kind: 'talk'; readonly says: 'answer' | 'go on' | 'finish' | 'finish back' | 'reset back' }
  /** Its receiver says by an ICMP error that it will not have the packet, or cannot forward it. */
  | { readonly kind: 'refuse'; readonly isExpired: boolean }
  /** The receiver sends the last packet on as it is. */
  | { readonly kind: 'forward' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'rules'; readonly host: number; readonly rules: RuleTexts }
  | { readonly kind: 'acl'; readonly subnet: string; readonly rules: RuleTexts };

const sendStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('send' as const),
  from: fc.nat(9),
  to: fc.nat(30),
  isHonest: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
  traffic: fc.constantFrom('tcp', 'tcp', 'data', 'udp', 'ping', 'echo-reply', 'other'),
  port,
  isAnswered: fc.boolean(),
});

const waitStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('wait' as const),
  seconds: fc.constantFrom(1, 31, 181, 351, 351, 601, 601),
});
const rulesStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('rules' as const),
  host: fc.nat(9),
  rules: groupRules,
});
const singleStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: sendStep },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('talk' as const),
      says: fc.constantFrom('answer', 'answer', 'go on', 'finish', 'finish back', 'reset back'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('forward' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refuse' as const), isExpired: fc.boolean() }) },
  { weight: 2, arbitrary: waitStep },
  { weight: 2, arbitrary: rulesStep },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('acl' as const),
      subnet: fc.constantFrom(...SUBNETS.map((subnet) => `${subnet}.0/24`)),
      rules: aclRules,
    }),
  },
);

/** A question, and to and fro for a while; then time passes, or rules change, and it goes on, or ends with an error. */
const conversation: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    sendStep,
    fc.integer({ min: 1, max: 3 }),
    fc.oneof({ weight: 2, arbitrary: waitStep }, rulesStep),
    fc.option(fc.boolean()),
  )
  .map(([send, turns, event, isExpired]) => {
    const answer = { kind: 'talk', says: 'answer' } as const;
    const end = isExpired === null ? answer : ({ kind: 'refuse', isExpired } as const);
    return [{ ...send, isAnswered: false }, ...Array.from({ length: turns }, () => answer), event, end];
  });

/** What happens in a network, one after the other. */
export const randomSteps: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof({ weight: 5, arbitrary: singleStep.map((step) => [step]) }, { weight: 1, arbitrary: conversation }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((steps) => steps.flat());
