/** Compiles the eBPF programs of the flow switch into dist/, where there is a clang that can. */
import { collect, inProject, say } from './project.mjs';
import { findClang } from './system-tools.mjs';

/** Builds without it go on: localvpc then mediates every frame, and says so. */
export async function buildFlowSwitch() {
  const clang = findClang();
  if (clang === undefined) {
    if (process.platform === 'linux')
      say('No clang: the flow switch (NIC mode sriov) is not built, every frame is mediated.');
    return;
  }
  const target = ['-target', 'bpf', '-mcpu=v3', '-O2', '-Wall', '-Werror'];
  const files = ['-c', inProject('src/host/flow-switch.c'), '-o', inProject('dist/flow-switch.o')];
  const result = await collect(clang, [...target, ...files]);
  if (result.status !== 0) say(`${clang} cannot build the flow switch, every frame is mediated: ${result.text}`);
}
