/**
 * Network namespaces held by a descriptor, and work done inside one by the calling thread.
 */
import { closeSync, openSync } from 'node:fs';
import { CLONE_NEWNET, checked, setNamespace, unshareNamespace } from './system-calls.ts';

/** A network namespace that lives at least until `close`. */
export interface NetworkNamespace {
  /** Descriptor of the namespace, as /proc/PID/ns/net gives it. */
  readonly fd: number;
  close(): void;
}

/** Holds the network namespace of a process. @throws where the process is gone. */
export function namespaceOfProcess(pid: number | 'self'): NetworkNamespace {
  const fd = openSync(pid === 'self' ? '/proc/thread-self/ns/net' : `/proc/${pid}/ns/net`, 'r');
  return { fd, close: () => closeSync(fd) };
}

/**
 * Runs `work` in another network namespace and comes back. Only the calling thread moves, so `work` must be
 * synchronous; sockets and TAP devices that it opens stay in that namespace.
 */
export function insideNamespace<T>(namespace: NetworkNamespace, work: () => T): T {
  const home = namespaceOfProcess('self');
  try {
    checked('setns (into the network namespace)', setNamespace(namespace.fd, CLONE_NEWNET));
    try {
      return work();
    } finally {
      // A thread that cannot come home must not go on: it would act in a guest's namespace.
      checked('setns (back to the own network namespace)', setNamespace(home.fd, CLONE_NEWNET));
    }
  } finally {
    home.close();
  }
}

/** A network namespace of nobody's, that lives as long as it is held or something in it is. @throws SystemCallError */
export function makeNetworkNamespace(): NetworkNamespace {
  const home = namespaceOfProcess('self');
  try {
    checked('unshare (a network namespace)', unshareNamespace(CLONE_NEWNET));
    try {
      return namespaceOfProcess('self');
    } finally {
      checked('setns (back to the own network namespace)', setNamespace(home.fd, CLONE_NEWNET));
    }
  } finally {
    home.close();
  }
}
