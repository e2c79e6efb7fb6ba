/** The sockets of the time service, in the services' network. */
import { createSocket } from 'node:dgram';
import { wallClock } from '../host/clock.ts';
import { answerTime } from '../services/time.ts';

const NTP_PORT = 123;

/** Listens at one address; resolves when it does. */
export function listenForTime(own: string, failed: (what: string, reason: string) => void): Promise<void> {
  const socket = createSocket(own.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (question, { address, port }) => {
    const answer = answerTime(question, wallClock());
    if (answer) socket.send(answer, port, address);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(NTP_PORT, own, () => {
      socket.removeListener('error', reject);
      socket.on('error', (error) => failed('the time socket', error.message));
      resolve();
    });
  });
}
