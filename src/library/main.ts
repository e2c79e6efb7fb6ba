/** `import { startLocalVpc, expectPacket } from 'localvpc/testing'`. */

export type { ReachQuestion } from '../reach/question.ts';
export type { ReachEnd, ReachFlow, ReachReport } from '../reach/report.ts';
export { expectPacket, type PacketExpectation, PacketExpectationError } from './expect-packet.ts';
export {
  type LocalVpc,
  type PacketQuestion,
  type PacketTrace,
  type StartOptions,
  startLocalVpc,
} from './start-localvpc.ts';
