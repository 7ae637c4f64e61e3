import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { TidemarkError } from '../core/errors.ts';
import type { Workspace } from '../core/workspace.ts';
import { findProjectFile } from '../runner/project-file.ts';
import type { BigqueryOptions } from '../warehouse/bigquery/service.ts';
import type { Context } from './context.ts';

/** What the project file says of BigQuery; new data sets are made at the location. */
export interface BigquerySettings {
  readonly project: string | undefined;
  readonly location: string;
}

/** A file as the Dataform CLI keeps it: the account's own JSON stands in it as text. */
interface CredentialsFile {
  readonly projectId?: string;
  readonly location?: string;
  readonly credentials?: string;
}

export const credentialsFlag = (command: Command): Command =>
  command.option(
    '--credentials <file>',
    "of BigQuery, as the Dataform CLI takes it (default: .df-credentials.json, or those of Google's tools)",
  );

/** @throws {TidemarkError} USAGE where the flag was given and BigQuery was not asked for. */
export function refuseCredentials(credentials: string | undefined): void {
  if (credentials !== undefined)
    throw new TidemarkError({ code: 'USAGE', message: '--credentials makes sense on BigQuery only' });
}

/** The file that a flag names, or that of the project; undefined: the application default credentials of Google's tools. */
export function credentialsFile(context: Context, { projectDir }: Workspace, given?: string): string | undefined {
  if (given !== undefined) return resolve(context.cwd, given);
  const own = join(projectDir, '.df-credentials.json');
  return existsSync(own) ? own : undefined;
}

export function bigquerySettings({ projectDir }: Workspace): BigquerySettings {
  // JSON is YAML too.
  const settings = parse(readFileSync(join(projectDir, findProjectFile(projectDir)), 'utf8')) as {
    defaultDatabase?: string;
    defaultProject?: string;
    defaultLocation?: string;
  };
  const { defaultDatabase, defaultProject = defaultDatabase, defaultLocation = 'US' } = settings;
  return { project: defaultProject, location: defaultLocation };
}

/**
 * Who asks BigQuery and where, from the same files as a run: jobs run in the project of the credentials, tables lie in that of the project file.
 *
 * @throws {TidemarkError} CONFIG_NOT_FOUND and CONFIG_SYNTAX for the credentials file, USAGE when nothing names a project.
 */
export function bigqueryOptions(context: Context, place: Workspace, given?: string): BigqueryOptions {
  const file = credentialsFile(context, place, given);
  const settings = bigquerySettings(place);
  const { projectId = settings.project, location = settings.location, credentials } = file ? readCredentials(file) : {};
  const dataProject = settings.project ?? projectId;
  if (!projectId || !dataProject)
    throw new TidemarkError({
      code: 'USAGE',
      message: `neither the credentials nor ${findProjectFile(place.projectDir)} name a project of BigQuery`,
    });
  return { projectId, dataProject, location, ...(credentials ? { credentials: JSON.parse(credentials) } : {}) };
}

const WRITE_ONE = 'Let `npx dataform init-creds` write one.';

function readCredentials(file: string): CredentialsFile {
  if (!existsSync(file))
    throw new TidemarkError({
      code: 'CONFIG_NOT_FOUND',
      message: `there is no credentials file ${file}`,
      hint: WRITE_ONE,
    });
  try {
    const said = JSON.parse(readFileSync(file, 'utf8')) as CredentialsFile;
    if (said.credentials !== undefined) JSON.parse(said.credentials);
    return said;
  } catch {
    // The parser's own message would show a piece of the file.
    const message = `${file} is no credentials file of the Dataform CLI`;
    throw new TidemarkError({ code: 'CONFIG_SYNTAX', message, hint: WRITE_ONE });
  }
}
