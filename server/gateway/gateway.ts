import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Clock } from '../../core/effects.ts';
import { TidemarkError } from '../../core/errors.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { makeJobs } from './jobs.ts';
import { errorBody, HttpError } from './rest-error.ts';
import { makeRoutes, type Served } from './routes.ts';
import { readUpload } from './upload.ts';

export interface GatewayOptions extends Pick<Served, 'spelling' | 'dialect'> {
  /** The gateway does not close it. */
  readonly warehouse: Warehouse;
  /** Jobs at the same time, each on a connection of its own. */
  readonly concurrency: number;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
}

export interface Gateway {
  /** `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Opens the gateway: who presents it gets what every other request has to carry. */
  readonly secret: string;
  /** Cancels what is running, and returns when nothing listens any more. */
  close(): Promise<void>;
}

const MOST_BYTES = 64 << 20;
/** Of a request that carries a file, which is kept in memory until its job has ended. */
const MOST_UPLOADED_BYTES = 512 << 20;
const HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * A server of BigQuery's REST interface over a warehouse, for this machine alone: it listens on loopback, and refuses browsers and whoever
 * has not the secret, which other users of the machine have not either.
 *
 * @throws {TidemarkError} PORT_TAKEN
 */
export async function openGateway({ port, concurrency, ...served }: GatewayOptions): Promise<Gateway> {
  const secret = randomBytes(24).toString('base64url');
  const jobs = makeJobs(served.warehouse, concurrency, served.clock);
  const answer = makeRoutes({ ...served, jobs });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://gateway');
    refuseStrangers(request);
    const isUpload = pathname.startsWith('/upload/');
    const body = await readBody(request, isUpload ? MOST_UPLOADED_BYTES : MOST_BYTES);
    if (pathname === TOKEN_PATH) return send(response, 200, token(String(body), secret));
    if (!sameText(request.headers.authorization ?? '', `Bearer ${secret}`))
      throw new HttpError(401, 'authError', 'The request carries no valid token of this gateway.');
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableEnded) gone.abort();
    });
    const path = /^(?:(?:\/upload)?\/bigquery\/v2)?\/projects\/(.*)$/.exec(pathname)?.[1];
    if (path === undefined) throw new HttpError(404, 'notFound', `Not found: ${pathname}`);
    const upload = isUpload ? readUpload(request.headers['content-type'], body) : undefined;
    const { status, body: said } = await answer({
      method: request.method ?? 'GET',
      path,
      query,
      ...(upload ? { body: upload.metadata, data: upload.data } : { body: parse(body) }),
      gone: gone.signal,
    });
    send(response, status, said);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const { status, reason, message } =
        error instanceof HttpError ? error : new HttpError(500, 'internalError', String(error));
      send(response, status, errorBody(status, { reason, message }));
    });
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secret,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await jobs.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Where a client changes the secret for a token, as it would at an identity provider. */
export const TOKEN_PATH = '/token';

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new TidemarkError({ code: 'PORT_TAKEN', message: `Port ${port} is in use.` }, { cause: error });
  }
}

/** A page in a browser could reach this port, under whatever name it has made point here. */
function refuseStrangers({ headers, socket }: IncomingMessage): void {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const local = /^(::1|(::ffff:)?127\.[\d.]+)$/.test(socket.remoteAddress ?? '');
  if (!local || !HOSTS.has(host) || headers.origin !== undefined)
    throw new HttpError(403, 'accessDenied', 'The gateway answers programs of this machine only.');
}

async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > most) throw new HttpError(413, 'invalid', `The request has more than ${most} bytes.`);
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  return promisify(gunzip)(body, { maxOutputLength: most }).catch(() => {
    throw new HttpError(400, 'invalid', 'The body is not what its content-encoding says.');
  });
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new HttpError(400, 'parseError', 'The body is no JSON.');
  }
}

/** The answer of an identity provider to a token exchange (RFC 8693). */
function token(form: string, secret: string): object {
  if (!sameText(new URLSearchParams(form).get('subject_token') ?? '', secret))
    throw new HttpError(401, 'authError', 'This is not the secret of this gateway.');
  return {
    access_token: secret,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 86_400,
  };
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
