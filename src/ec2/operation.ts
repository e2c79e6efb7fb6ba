/** The types of an operation's request and result, from the official SDK by the operation's name alone. */
import type * as sdk from '@aws-sdk/client-ec2';

type NameOfCommand<Key> = Key extends `${infer Name}Command` ? Name : never;

/** Every operation of EC2's model: 'CreateSubnet', 'DescribeVpcs' and some 820 more. */
export type OperationName = Exclude<NameOfCommand<keyof typeof sdk>, '$' | '__'>;

type Command<N extends OperationName> = `${N}Command` extends keyof typeof sdk ? (typeof sdk)[`${N}Command`] : never;

type SdkInput<N extends OperationName> =
  Command<N> extends new (...args: never[]) => { readonly input: infer Input } ? Input : never;

type SdkOutput<N extends OperationName> =
  Command<N> extends new (
    ...args: never[]
  ) => { resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer Output }> }
    ? Output
    : never;

type Leaf = number | boolean | Date | Uint8Array;
type Optional<T, K extends keyof T> = Record<never, never> extends Pick<T, K> ? undefined : never;

/**
 * A part of a request as the decoder hands it over: readonly, required members present. The wire knows no enumerations,
 * so a member that the SDK gives literal types is a string here; `choice` makes literals of it, or a fault.
 */
export type Decoded<T> = T extends string
  ? string
  : T extends Leaf
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Decoded<Item>[]
      : { readonly [K in keyof T]: Decoded<NonNullable<T[K]>> | Optional<T, K> };

/**
 * A part of a result: the SDK's type, readonly. Instance types may be any string, for they come from a data table, and
 * an attached internet gateway is "available", which the SDK's enumeration lacks (API_InternetGatewayAttachment).
 */
export type Rendered<T> = T extends sdk._InstanceType
  ? string
  : T extends sdk.AttachmentStatus
    ? T | 'available'
    : T extends string | Leaf | null | undefined
      ? T
      : T extends readonly (infer Item)[]
        ? readonly Rendered<Item>[]
        : { readonly [K in keyof T]: Rendered<T[K]> };

/** What an action is given. */
export type RequestOf<N extends OperationName> = Decoded<SdkInput<N>>;

/** What an action answers: the SDK's output without its metadata. Empty where the operation only succeeds. */
export type ResultOf<N extends OperationName> = Rendered<Omit<SdkOutput<N>, '$metadata'>>;

/** An action's function: returns nothing where the operation only succeeds. */
export type Run<N extends OperationName, Context> = keyof ResultOf<N> extends never
  ? (request: RequestOf<N>, context: Context) => void
  : (request: RequestOf<N>, context: Context) => ResultOf<N>;
