/** An HTTP request and its answer as the API sees them, whatever server carries them. */

/** More than any call of EC2 needs; user data is at most 16 KiB. A server should stop reading here. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A request that was received whole. */
export interface HttpRequest {
  /** In upper case. */
  readonly method: string;
  /** Path and query as they came, undecoded: "/?Action=DescribeVpcs". */
  readonly target: string;
  /** Names in lower case; repeated headers are joined with ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** The account that its way proves it to be of; whoever does not verify signatures believes no other. */
  readonly account?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The query of a target, without its question mark. */
export const queryOf = ({ target }: Pick<HttpRequest, 'target'>): string => {
  const mark = target.indexOf('?');
  return mark < 0 ? '' : target.slice(mark + 1);
};

/** The path of a target; "/" where it has none. */
export const pathOf = ({ target }: Pick<HttpRequest, 'target'>): string => target.split('?', 1)[0] || '/';
