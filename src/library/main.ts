/** `import { startLocalVpc, expectPacket, packetMatchers } from 'localvpc/testing'`. */

export type { LeftOut } from '../import/description.ts';
export type { ReachQuestion } from '../reach/question.ts';
export type { ReachEnd, ReachFlow, ReachReport } from '../reach/report.ts';
export { expectPacket, expectSent, type PacketExpectation } from './expect-packet.ts';
export { type PacketCheck, PacketExpectationError } from './packet-check.ts';
export { type PacketMatchers, packetMatchers } from './packet-matchers.ts';
export type { PacketFlow, SentPacket, TcpFlags } from './send-packets.ts';
export {
  type ClientOptions,
  type DescribedFile,
  ImportFailure,
  type LocalVpc,
  type PacketQuestion,
  type PacketTrace,
  type StartOptions,
  startLocalVpc,
} from './start-localvpc.ts';
