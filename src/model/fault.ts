/** A fault: the caller asked for something that EC2 refuses. Never a dropped packet, never a mistake of ours. */
import type { FaultEntry } from './fault-entry.ts';
import { FAULTS } from './fault-table.ts';

/** A code of the fault table; a misspelt one does not compile. */
export type FaultCode = keyof typeof FAULTS;

/** The sentence that the table holds for a code, as a literal type, or null. */
type TextOf<C extends FaultCode> = (typeof FAULTS)[C]['text'];

/** The names in braces of a sentence. */
type Blanks<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Blanks<Rest> : never;

/** What fills the blanks of a code's sentence. */
export type FaultDetails<C extends FaultCode> = { readonly [Name in Blanks<TextOf<C>>]: string | number };

/** What a code must be given: a sentence where the table has none, details where it has blanks, otherwise nothing. */
type FaultArguments<C extends FaultCode> =
  TextOf<C> extends string
    ? [Blanks<TextOf<C>>] extends [never]
      ? [message?: string]
      : [detailsOrMessage: FaultDetails<C> | string]
    : [message: string];

/**
 * The codes whose sentence has exactly one blank, `id`. So `new Fault(code, { id })` fits each of them, and a kind of
 * resource can name its own "not found" and "malformed" codes.
 */
export type IdFaultCode = {
  [C in FaultCode]: [Blanks<TextOf<C>>] extends ['id'] ? (['id'] extends [Blanks<TextOf<C>>] ? C : never) : never;
}[FaultCode];

/**
 * The caller's mistake, as EC2 reports it. Three ways to raise one:
 *
 * ```ts
 * throw new Fault('InvalidSubnet.Conflict', { cidr: '10.0.0.0/24' }); // the table's sentence, blanks filled
 * throw new Fault('VpcLimitExceeded');                               // the table's sentence has no blanks
 * throw new Fault('InvalidParameterValue', 'Address is in subnet\'s reserved address range'); // own sentence
 * ```
 *
 * A code without a sentence in the table does not compile without one; neither does a forgotten blank.
 */
export class Fault<C extends FaultCode = FaultCode> extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;

  constructor(code: C, ...[given]: FaultArguments<C>) {
    super(typeof given === 'string' ? given : sentence(code, given));
    this.code = code;
  }

  /** The HTTP status that goes with the code. */
  get status(): number {
    return FAULTS[this.code].status;
  }
}

/** What the table knows of a code: status, sentence, and whether the sentence is confirmed. */
export const faultEntry = (code: FaultCode): FaultEntry => FAULTS[code];

/** Every code, in the table's order. For documentation and tests. */
export const faultCodes = (): readonly FaultCode[] => Object.keys(FAULTS).filter(isFaultCode);

/** Whether a text is a code of the table. */
export const isFaultCode = (text: string): text is FaultCode => Object.hasOwn(FAULTS, text);

function sentence(code: FaultCode, details: Readonly<Record<string, string | number>> = {}): string {
  const text = faultEntry(code).text ?? code;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? '')).trimEnd();
}
