/**
 * The time service at 169.254.169.123 and fd00:ec2::123: a server of NTP (RFC 5905) that tells the machine's clock.
 *
 * Stratum 3 is what instances on AWS show (unconfirmed); leap seconds are left to the machine, as AWS smears them.
 */
import { readUint32, writeUint32 } from '../wire/big-endian.ts';

const LENGTH = 48;
const VERSION_MASK = 0x38;
const MODE_MASK = 0x07;
const CLIENT_MODE = 3;
const SERVER_MODE = 4;
const STRATUM = 3;
/** 2^-20 s, about a microsecond. */
const PRECISION = -20;
const REFERENCE_ID = 12;
const REFERENCE_TIME = 16;
const ORIGIN_TIME = 24;
const RECEIVE_TIME = 32;
const TRANSMIT_TIME = 40;
/** Seconds from 1900 to 1970. */
const EPOCH_SECONDS = 2_208_988_800;

/** The answer to a client's datagram at this time (milliseconds since 1970); undefined for what is no client's question. */
export function answerTime(question: Uint8Array, nowMs: number): Uint8Array | undefined {
  const first = question[0] ?? 0;
  if (question.length < LENGTH || (first & MODE_MASK) !== CLIENT_MODE) return undefined;
  const answer = new Uint8Array(LENGTH);
  answer[0] = (first & VERSION_MASK) | SERVER_MODE;
  answer[1] = STRATUM;
  answer[2] = question[2] ?? 0;
  answer[3] = PRECISION;
  writeUint32(answer, REFERENCE_ID, 0xa9fe_a97b);
  writeTime(answer, REFERENCE_TIME, nowMs);
  writeUint32(answer, ORIGIN_TIME, readUint32(question, TRANSMIT_TIME));
  writeUint32(answer, ORIGIN_TIME + 4, readUint32(question, TRANSMIT_TIME + 4));
  writeTime(answer, RECEIVE_TIME, nowMs);
  writeTime(answer, TRANSMIT_TIME, nowMs);
  return answer;
}

/** Seconds since 1900, modulo 2^32, and their fraction in units of 2^-32 s. */
function writeTime(bytes: Uint8Array, at: number, nowMs: number): void {
  const seconds = Math.floor(nowMs / 1000);
  writeUint32(bytes, at, (seconds + EPOCH_SECONDS) % 2 ** 32);
  writeUint32(bytes, at + 4, Math.floor(((nowMs - 1000 * seconds) / 1000) * 2 ** 32));
}
