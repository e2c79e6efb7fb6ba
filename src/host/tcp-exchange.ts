/**
 * One question and its answer over TCP, on the handle from which Node.js makes its sockets.
 *
 * A command asks once and ends. `node:net` is streams around this handle: to load them and run them for the first time
 * takes 12 ms of processor time, `node:http` 17, the handle 2, where Node.js takes 45 until a program begins (medians
 * of 80 processes each). It is what `process.binding` still gives out. How it is called was tried with the versions
 * below; with another one nothing is asked this way.
 */

/** Major versions of Node.js whose handle is the one described here. */
const TRIED = ['20', '22', '24'];

/** A connect or write that is under way; a status below zero is the number of a system error. */
interface Pending {
  oncomplete: (status: number) => void;
}

interface Handle {
  /** Called with what came, and with nothing at the end. */
  onread: (bytes: ArrayBuffer | undefined) => void;
  connect(connecting: Pending, address: string, port: number): number;
  writeUtf8String(writing: Pending, text: string): number;
  readStart(): number;
  close(): void;
}

interface TcpWrap {
  readonly TCP: new (kind: number) => Handle;
  readonly TCPConnectWrap: new () => Pending;
  readonly constants: { readonly SOCKET: number };
}

interface StreamWrap {
  readonly WriteWrap: new () => Pending;
}

/**
 * Sends a question and takes what comes until the other end closes. Of a connection that breaks it has what came until
 * then: the answer must say itself whether it is whole.
 * @param address of IPv4
 * @returns undefined where nothing was sent: nobody listens, or this Node.js has no such handle
 */
export async function exchange(address: string, port: number, question: string): Promise<Buffer | undefined> {
  const made = handle();
  if (made === undefined) return undefined;
  const { socket, connecting, writing } = made;
  return await new Promise((resolve) => {
    const end = (answer: Buffer | undefined): void => {
      socket.close();
      resolve(answer);
    };
    const parts: Buffer[] = [];
    socket.onread = (bytes) => {
      if (bytes === undefined) end(Buffer.concat(parts));
      else parts.push(Buffer.from(bytes));
    };
    // A write that fails breaks the connection, which ends the reading.
    writing.oncomplete = () => undefined;
    connecting.oncomplete = (status) => {
      if (status < 0) return end(undefined);
      socket.readStart();
      socket.writeUtf8String(writing, question);
    };
    if (socket.connect(connecting, address, port) < 0) end(undefined);
  });
}

function handle(): { socket: Handle; connecting: Pending; writing: Pending } | undefined {
  if (!TRIED.includes(process.versions.node.split('.')[0] ?? '')) return undefined;
  const binding: unknown = Reflect.get(process, 'binding');
  if (typeof binding !== 'function') return undefined;
  try {
    const tcp: unknown = binding('tcp_wrap');
    const stream: unknown = binding('stream_wrap');
    if (!isTcpWrap(tcp) || !isStreamWrap(stream)) return undefined;
    const { TCP, TCPConnectWrap, constants } = tcp;
    return {
      socket: new TCP(constants.SOCKET),
      connecting: new TCPConnectWrap(),
      writing: new stream.WriteWrap(),
    };
  } catch {
    // Node.js with --permission gives none out.
    return undefined;
  }
}

const isTcpWrap = (value: unknown): value is TcpWrap =>
  typeof value === 'object' && value !== null && 'TCP' in value && 'TCPConnectWrap' in value && 'constants' in value;

const isStreamWrap = (value: unknown): value is StreamWrap =>
  typeof value === 'object' && value !== null && 'WriteWrap' in value;
