import { deepEqual, equal, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { quickAnswer } from './quick-request.ts';

/** Takes one connection, and hands on what is asked there. @returns its URL */
async function listen(t: TestContext, asked: (question: string, socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    let question = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      question += text;
      if (question.includes('\r\n\r\n')) asked(question, socket);
    });
  });
  return await urlOf(t, server);
}

async function urlOf(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
}

test('a request is HTTP/1.0, and its answer what comes until the connection ends', async (t) => {
  const questions: string[] = [];
  const url = await listen(t, (question, socket) => {
    questions.push(question);
    socket.write('HTTP/1.1 404 Not Found\r\nX: y\r\n\r\nthere is ');
    setImmediate(() => socket.end('none, é'));
  });
  const headers = { 'content-type': 'text/plain' };
  const answer = await quickAnswer(`${url}/a?b=c`, { method: 'POST', headers, body: 'é' });
  deepEqual([answer?.status, answer?.body.toString()], [404, 'there is none, é']);
  const host = url.replace('http://', '');
  deepEqual(questions, [
    `POST /a?b=c HTTP/1.0\r\nHost: ${host}\r\ncontent-type: text/plain\r\nContent-Length: 2\r\n\r\né`,
  ]);
});

test('an answer that is shorter than it says, or that breaks off before it begins, is an error', async (t) => {
  const short = await listen(t, (_, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort'));
  const broken = await listen(t, (_, socket) => socket.resetAndDestroy());
  for (const url of [short, broken])
    await rejects(quickAnswer(`${url}/`, {}), { message: 'the connection ended before the answer did' });
});

test('nothing is sent to other machines, by other protocols, at length, or where nobody listens', async (t) => {
  let questions = 0;
  const url = await listen(t, () => questions++);
  const port = new URL(url).port;
  equal(await quickAnswer(`https://127.0.0.1:${port}/`, {}), undefined);
  equal(await quickAnswer(`http://user@127.0.0.1:${port}/`, {}), undefined);
  equal(await quickAnswer(`http://[::1]:${port}/`, {}), undefined);
  equal(await quickAnswer(`http://localhost:${port}/`, {}), undefined);
  equal(await quickAnswer(`${url}/`, { body: 'x'.repeat(20_000) }), undefined);
  const closed = createServer();
  const gone = await urlOf(t, closed);
  closed.close();
  await once(closed, 'close');
  equal(await quickAnswer(`${gone}/`, {}), undefined);
  equal(questions, 0);
});
