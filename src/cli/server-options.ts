/** What `localvpc up` asks of the controller, and what it gets: the one meeting point of the two. */

export const GUEST_CHOICES = ['auto', 'namespace', 'virtual'] as const;
/** How interfaces go to their guests where no tag says it; `model/nic-modes.ts` has what it means. */
export const NIC_CHOICES = ['auto', 'mediated', 'sriov'] as const;
export const SWITCH = ['on', 'off'] as const;
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** How a localvpc is to run. */
export interface ServerOptions {
  /** Address to listen at; a loopback address unless the user insists. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Folder of the journal, absolute; undefined keeps everything in memory. */
  readonly dataDirectory: string | undefined;
  /** A catalogue of further AMI ids and names, absolute; undefined for the built-in images alone. */
  readonly imagesFile: string | undefined;
  /** What zones are made of, absolute; undefined for more than anybody needs. */
  readonly hostsFile: string | undefined;
  /** Access keys in the form of ~/.aws/credentials, absolute: who does not sign with one of them is refused. Undefined: nobody is. */
  readonly credentialsFile: string | undefined;
  /** `auto` takes the best driver that works here; a named one that does not work is an error. */
  readonly guests: (typeof GUEST_CHOICES)[number];
  /** Whether a route on this machine leads to public addresses; needs root. */
  readonly hostAccess: boolean;
  /** Whether packets take their time between hosts, and the file that says how long, absolute; undefined where they do not. */
  readonly latency: { readonly file: string | undefined } | undefined;
  /** How much of AWS's rates instances have, 1 for all of it; undefined where nothing limits them. */
  readonly rates: number | undefined;
  readonly nic: (typeof NIC_CHOICES)[number];
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** A localvpc that answers calls. */
export interface RunningServer {
  /** With the port that was really taken. */
  readonly endpoint: string;
  /** Drivers that work, the preferred one first. */
  readonly drivers: readonly string[];
  /** Why something that was hoped for does not work here, such as namespace guests. */
  readonly notice: string | undefined;
  /** Resolves when it has ended, by `close` or by a call of `/_localvpc/shutdown`; rejects where it broke. */
  readonly ended: Promise<void>;
  /** Ends guests and data plane and flushes the journal. Calling it twice is the same as once. */
  close(): Promise<void>;
}

/** The controller's entry point. Rejects with an error whose `code` is that of the system where it cannot listen. */
export type RunServer = (options: ServerOptions) => Promise<RunningServer>;
