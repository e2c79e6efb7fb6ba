/** Tables of refusals: what somebody asks for, and the code and sentence that EC2 has for it. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type Lab, lab } from './instance-parts.ts';

/** What is done in a lab of its own, and the fault: "Code: sentence", with `{name}` for ids that the work returns. */
export interface Refusal {
  readonly what: string;
  /** Prepares, and returns the call that is refused and the ids that its sentence names. */
  readonly asks: (net: Lab) => { readonly call: () => unknown; readonly ids?: Readonly<Record<string, string>> };
  readonly fault: string;
}

/** One test for each. */
export function testRefusals(refusals: readonly Refusal[]): void {
  for (const { what, asks, fault } of refusals) {
    test(`refused: ${what}`, () => {
      const net = lab();
      const { call, ids = {} } = asks(net);
      const expected = fault.replaceAll(/\{(\w+)\}/g, (whole, name: string) => ids[name] ?? whole);
      equal(net.account.fault(call), expected);
    });
  }
}
