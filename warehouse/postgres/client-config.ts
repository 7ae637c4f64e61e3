import { existsSync, readFileSync } from 'node:fs';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { ClientConfig } from 'pg';
import { TidemarkError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';

/** What stands in PGSSLMODE and PGSSLROOTCERT; the URL wins. */
export interface TlsDefaults {
  readonly mode?: string;
  readonly rootCertificate?: string;
}

export interface ClientPlan {
  /** What the driver gets. `host` tells, once the driver has read its defaults, whom the certificate must name. */
  readonly config: (host: () => string) => ClientConfig;
  /** Without TLS, for a server that has none, where the mode allows it. */
  readonly plain?: ClientConfig;
}

/** Of libpq, with its meaning: from `require` on everything is encrypted, from `verify-ca` on the certificate is checked, then its name. */
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'];

/**
 * How to connect, from a connection URL and from the environment. The driver reads PGHOST, PGUSER and the like for what the URL leaves out;
 * its own reading of `sslmode` is another than that of psql, so that is done here.
 *
 * @throws {TidemarkError} WAREHOUSE_FAILED for a URL that cannot be read, an unknown mode, or a certificate file that is not there. No
 *   error quotes the URL: there is a password in it.
 */
export function clientPlan(connectionString: string | undefined, tls: TlsDefaults = {}): ClientPlan {
  const { rest, parameters } = split(connectionString);
  const mode = parameters.sslmode ?? tls.mode;
  const base: ClientConfig = rest === undefined ? {} : { connectionString: rest };
  if (mode === undefined || mode === '') return { config: () => base };
  if (!MODES.includes(mode)) {
    const near = nearest(mode, MODES);
    throw unreadable(`sslmode is "${mode}", expected one of ${MODES.join(', ')}`, near);
  }
  const plain = { ...base, ssl: false };
  if (mode === 'disable') return { config: () => plain };
  const root = parameters.sslrootcert ?? tls.rootCertificate;
  // As libpq has it: a root certificate that is named is looked at, also where the mode alone would not ask for it.
  const checked = mode.startsWith('verify') || (mode === 'require' && root !== undefined);
  if (mode === 'verify-ca' && root === undefined)
    throw unreadable('sslmode=verify-ca needs sslrootcert, the file with the certificate of the authority');
  const files = {
    ...(root === undefined || root === 'system' ? {} : { ca: certificate(root, 'sslrootcert') }),
    ...(parameters.sslcert === undefined ? {} : { cert: certificate(parameters.sslcert, 'sslcert') }),
    ...(parameters.sslkey === undefined ? {} : { key: certificate(parameters.sslkey, 'sslkey') }),
  };
  return {
    config: (host) => ({
      ...base,
      ssl: {
        ...files,
        rejectUnauthorized: checked,
        checkServerIdentity:
          mode === 'verify-full'
            ? (_: string, peer: PeerCertificate) => checkServerIdentity(host(), peer)
            : () => undefined,
      },
    }),
    ...(mode === 'prefer' || mode === 'allow' ? { plain } : {}),
  };
}

/** The parameters about TLS, and the URL without them. */
function split(text: string | undefined): { rest?: string; parameters: { [name: string]: string } } {
  // A path is that of a socket.
  if (text === undefined || text.startsWith('/'))
    return { ...(text === undefined ? {} : { rest: text }), parameters: {} };
  if (!/^(postgres|postgresql|socket):\/\//i.test(text)) {
    throw unreadable('the connection URL begins with neither postgresql:// nor postgres://');
  }
  const url = parse(text);
  // A password with one of / ? # in it ends the host too early, and the rest of it would be shown as the database.
  if (url.hash !== '' || (url.username === '' && `${url.pathname}${url.search}`.includes('@'))) throw unreadable();
  const parameters: { [name: string]: string } = {};
  for (const name of TLS_PARAMETERS) {
    const value = url.searchParams.get(name);
    if (value !== null) parameters[name] = value;
    url.searchParams.delete(name);
  }
  return { rest: Object.keys(parameters).length > 0 ? url.href.replace(`@${NO_HOST}/`, '@/') : text, parameters };
}

/** `postgresql://me@/shop` leaves the host to PGHOST, which URLs of other kinds may not. */
const NO_HOST = 'host.left.out';

function parse(text: string): URL {
  try {
    return new URL(text.replace('@/', `@${NO_HOST}/`));
  } catch {
    throw unreadable();
  }
}

function certificate(file: string, parameter: string): string {
  if (!existsSync(file)) throw unreadable(`${parameter} names ${file}, which does not exist`);
  return readFileSync(file, 'utf8');
}

export function unreadable(message = 'the connection URL cannot be read', near?: string): TidemarkError {
  return new TidemarkError({
    code: 'WAREHOUSE_FAILED',
    message: `Postgres: ${message}`,
    ...(near === undefined ? {} : { nearest: near }),
    hint: 'DATABASE_URL is postgresql://user:password@host:port/database?sslmode=verify-full; in it / ? # @ % of a password are %2F %3F %23 %40 %25.',
  });
}
