/** Where records of flow logs are kept: files below a folder, or memory where localvpc keeps nothing. */
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files by their path: `log-groups/…` for log streams, `s3/…` for objects. */
export interface FlowLogStore {
  /** The folder on this machine; undefined for memory. */
  readonly directory: string | undefined;
  append(path: string, bytes: Uint8Array): Promise<void>;
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Paths of all files below a folder, sorted. */
  list(folder: string): Promise<readonly string[]>;
  read(path: string): Promise<Uint8Array>;
}

/** Files of their own below a folder, which is made with the first of them. */
export function flowLogFiles(directory: string): FlowLogStore {
  const prepared = async (path: string): Promise<string> => {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    return file;
  };
  return {
    directory,
    append: async (path, bytes) => await appendFile(await prepared(path), bytes),
    put: async (path, bytes) => await writeFile(await prepared(path), bytes),
    async list(folder) {
      const entries = await readdir(join(directory, folder), { recursive: true, withFileTypes: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
        .sort();
    },
    read: (path) => readFile(join(directory, path)),
  };
}

/** Beyond this much the oldest files are forgotten, in bytes. */
const MAX_MEMORY_BYTES = 64 * 2 ** 20;

/** Files in memory, for as long as localvpc runs. */
export function flowLogMemory(maxBytes: number = MAX_MEMORY_BYTES): FlowLogStore {
  const files = new Map<string, Uint8Array>();
  let heldBytes = 0;
  const put = (path: string, bytes: Uint8Array): void => {
    heldBytes += bytes.length - (files.get(path)?.length ?? 0);
    files.delete(path);
    files.set(path, bytes);
    for (const [oldest, content] of files) {
      if (heldBytes <= maxBytes || oldest === path) break;
      files.delete(oldest);
      heldBytes -= content.length;
    }
  };
  return {
    directory: undefined,
    append: async (path, bytes) => put(path, Buffer.concat([files.get(path) ?? new Uint8Array(), bytes])),
    put: async (path, bytes) => put(path, bytes),
    list: async (folder) => [...files.keys()].filter((path) => path.startsWith(`${folder}/`)).sort(),
    read: async (path) => files.get(path) ?? new Uint8Array(),
  };
}
