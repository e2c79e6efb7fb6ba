/** The first state of an account in a Region: its default VPC. */
import type { Transaction } from './transaction.ts';

/** Gives a scope what it has before its owner does anything. */
export function prepareScope(_tx: Transaction): void {}
