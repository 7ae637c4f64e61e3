import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Webhook {
  readonly url: string;
  /** Bodies in the order in which they came. */
  readonly received: unknown[];
  /** Statuses of the next answers, 200 when there is none left; 0: no answer at all. */
  readonly answers: number[];
  close(): Promise<void>;
}

/** A real server on this machine that takes messages as Slack and Teams do. */
export async function webhook(): Promise<Webhook> {
  const received: unknown[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      received.push(JSON.parse(text));
      const status = answers.shift() ?? 200;
      if (status !== 0)
        response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end('secret');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook/s3cret`,
    received,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
