/** `import { startLocalVpc, expectPacket } from 'localvpc/testing'`. */
export { expectPacket, type PacketExpectation, PacketExpectationError } from './expect-packet.ts';
export {
  type LocalVpc,
  type PacketQuestion,
  type PacketTrace,
  type StartOptions,
  startLocalVpc,
} from './start-localvpc.ts';
