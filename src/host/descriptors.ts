/**
 * Keeps descriptors that this process inherited from being inherited again: what a guest holds, a guest can use.
 */
import { readdirSync } from 'node:fs';
import { ioctl } from './system-calls.ts';

const FIOCLEX = 0x5451;

/**
 * Marks every descriptor above standard error as close-on-exec. Node.js marks its own; a shell, a test runner or a CI
 * system may have left others. Descriptors given to a child through `stdio` are not affected.
 */
export function sealDescriptors(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    // EBADF: the one that listed the folder, closed by now.
    if (fd > 2) ioctl(fd, FIOCLEX, 0);
  }
}
