import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gateway, TOKEN_PATH } from './gateway.ts';

/** What a client of BigQuery needs to find the gateway. */
export interface Access {
  /** Variables of the environment. */
  readonly environment: { readonly [name: string]: string };
  /** The file that the Dataform CLI wants, for its flag `--credentials`. */
  readonly credentialsFile: string;
  /** Removes the files. */
  remove(): void;
}

/** Under which the gateway's database is known, where nothing else is said. Any other name is as good. */
const PROJECT = 'tidemark';

/**
 * Writes credentials that only this user can read. They name the gateway itself as the identity provider, so that the client asks nobody
 * else for a token and finds no other credentials of the user.
 */
export function grantAccess({ url, secret }: Gateway): Access {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-gateway-'));
  chmodSync(folder, 0o700);
  const write = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const account = JSON.stringify({
    type: 'external_account',
    audience: PROJECT,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: url + TOKEN_PATH,
    credential_source: { file: write('secret', secret) },
  });
  return {
    environment: {
      BIGQUERY_EMULATOR_HOST: url,
      GOOGLE_APPLICATION_CREDENTIALS: write('account.json', account),
      GOOGLE_CLOUD_PROJECT: PROJECT,
    },
    credentialsFile: write(
      'credentials.json',
      JSON.stringify({ projectId: PROJECT, location: 'US', credentials: account }),
    ),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
