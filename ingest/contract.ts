import { existsSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { type Config, configNames, loadConfig } from '../core/config.ts';
import { type Problem, TidemarkError } from '../core/errors.ts';
import { resolveInside } from '../core/files.ts';
import { nearest } from '../core/nearest.ts';
import { checkSource } from './contract-checks.ts';
import type { Dataset, DatasetSpec, SourceSpec } from './contract-types.ts';
import { normalizeSource } from './normalize.ts';

/**
 * Reads the contract of a data set: `dataset.yaml` and the YAML file of each source and reference that it lists.
 *
 * When `dataset.yaml` itself is wrong, all files of the folder are checked, so that one look shows all that has to be mended.
 *
 * @param datasetDir `configs/datasets/<name>/`
 * @param present names of sources that there are: the optional ones among them belong to the data set. All of them when left out.
 * @throws {TidemarkError} CONFIG_NOT_FOUND, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_INVALID or PATH_OUTSIDE: all problems of all files.
 */
export function loadDataset(datasetDir: string, projectDir: string, present?: readonly string[]): Dataset {
  const problems: Problem[] = [];
  const read = <T>(name: string, schema: string): Config<T> | undefined => {
    try {
      return loadConfig<T>(join(datasetDir, `${name}.yaml`), { schema, projectDir });
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  if (!existsSync(datasetDir)) throw noSuchDataset(datasetDir, projectDir);

  const dataset = read<DatasetSpec>('dataset', 'dataset');
  const files = configNames(datasetDir).filter((name) => name !== 'dataset');
  const listed = dataset
    ? LISTS.flatMap((list) => dataset.value[list] ?? []).filter((name) => files.includes(name))
    : files;
  const sources = new Map<string, Config<SourceSpec>>();
  for (const name of new Set(listed)) {
    const source = read<SourceSpec>(name, 'source');
    if (!source) continue;
    problems.push(...checkSource(source));
    sources.set(name, source);
  }
  if (dataset) problems.push(...checkDataset(dataset, sources, files, projectDir));
  if (!dataset || problems.length > 0) throw new TidemarkError(problems);

  const { value: spec } = dataset;
  const optional = spec.optional_sources ?? [];
  const has = (name: string) => present?.includes(name) ?? true;
  const normalized = (names: readonly string[] = []) =>
    names.map((name) => normalizeSource(sources.get(name)!.value, sources.get(name)!.file));
  return {
    name: basename(datasetDir),
    title: spec.title,
    description: spec.description,
    raw: spec.raw,
    sources: normalized([...spec.sources, ...optional.filter(has)]),
    absent: optional.filter((name) => !has(name)),
    references: normalized(spec.references),
    model: spec.model,
    snapshotEveryDays: spec.snapshot_every_days ?? 1,
    eventGroups: spec.event_groups ?? {},
    lateRateThreshold: spec.late_rate_threshold,
    plans: spec.plans ?? [],
    attribution: spec.attribution,
  };
}

/** The lists of `dataset.yaml` that name files beside it. */
const LISTS = ['sources', 'optional_sources', 'references'] as const;

type Sources = ReadonlyMap<string, Config<SourceSpec>>;

/** What has to agree between the files. */
function checkDataset(
  config: Config<DatasetSpec>,
  sources: Sources,
  present: readonly string[],
  projectDir: string,
): Problem[] {
  const { value: spec } = config;
  const problems: Problem[] = [];
  const report = (path: readonly (string | number)[], message: string, more: Partial<Problem> = {}) =>
    void problems.push(config.problem(path, message, more));

  const leadsOut = (path: string) => {
    try {
      resolveInside(projectDir, path);
      return false;
    } catch {
      return true;
    }
  };
  const outside = { code: 'PATH_OUTSIDE' } as const;
  if (spec.raw !== undefined && leadsOut(spec.raw))
    report(['raw'], `"${spec.raw}" leads out of the project folder`, outside);
  for (const source of sources.values()) {
    const { folder } = source.value.files;
    if (folder !== undefined && leadsOut(folder))
      problems.push(source.problem(['files', 'folder'], `"${folder}" leads out of the project folder`, outside));
  }
  const seen = new Set<string>();
  for (const key of LISTS) {
    for (const [i, name] of (spec[key] ?? []).entries()) {
      if (seen.has(name)) report([key, i], `"${name}" is listed twice`);
      seen.add(name);
      if (!present.includes(name)) {
        const near = nearest(name, present);
        report([key, i], `there is no ${name}.yaml beside this file; there are: ${present.join(', ') || 'none'}.`, {
          code: 'CONFIG_NOT_FOUND',
          ...(near === undefined ? {} : { nearest: near }),
        });
      }
      const source = sources.get(name);
      const role = key === 'references' ? 'reference' : 'source';
      if (source && (source.value.role ?? 'source') !== role) {
        problems.push(source.problem(['role'], `expected ${role}, for dataset.yaml lists "${name}" under ${key}`));
      }
    }
  }
  const plans = (spec.plans ?? []).map((plan) => plan.plan_id);
  for (const [i, id] of plans.entries()) {
    if (plans.indexOf(id) < i) report(['plans', i, 'plan_id'], `"${id}" is listed twice`);
  }
  const types = sources.get('events')?.value.columns.event_type?.allowed?.map(String);
  for (const [group, members] of types ? Object.entries(spec.event_groups ?? {}) : []) {
    for (const [i, type] of members.entries()) {
      if (types!.includes(type)) continue;
      const near = nearest(type, types!);
      report(
        ['event_groups', group, i],
        `"${type}" is no event type; events.yaml allows ${types!.join(', ')}.`,
        near === undefined ? {} : { nearest: near },
      );
    }
  }
  for (const name of [...spec.sources, ...(spec.optional_sources ?? [])]) {
    const source = sources.get(name);
    if (source) problems.push(...checkLookups(source, sources, spec.references ?? []));
  }
  return problems;
}

function checkLookups(config: Config<SourceSpec>, sources: Sources, references: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  for (const [i, lookup] of (config.value.lookups ?? []).entries()) {
    const path = ['lookups', i];
    if (!references.includes(lookup.reference)) {
      const near = nearest(lookup.reference, references);
      const known = references.join(', ') || 'none';
      problems.push(
        config.problem(
          [...path, 'reference'],
          `"${lookup.reference}" is no reference; dataset.yaml lists ${known}.`,
          near === undefined ? {} : { nearest: near },
        ),
      );
      continue;
    }
    const reference = sources.get(lookup.reference)?.value;
    if (!reference) continue;
    const columns = Object.keys(reference.columns);
    for (const key of ['on', 'fields'] as const) {
      for (const [k, field] of lookup[key].entries()) {
        if (columns.includes(field)) continue;
        const near = nearest(field, columns);
        problems.push(
          config.problem(
            [...path, key, k],
            `"${field}" is no column of ${lookup.reference}, which has ${columns.join(', ')}.`,
            near === undefined ? {} : { nearest: near },
          ),
        );
      }
    }
    const loose = reference.grain.filter((column) => !lookup.on.includes(column));
    if (loose.length > 0) {
      problems.push(
        config.problem(
          [...path, 'on'],
          `one row of ${lookup.reference} is told by ${reference.grain.join(', ')}; without ${loose.join(', ')} a record would be multiplied`,
        ),
      );
    }
  }
  return problems;
}

function noSuchDataset(datasetDir: string, projectDir: string): TidemarkError {
  return new TidemarkError({
    code: 'CONFIG_NOT_FOUND',
    message: `${relative(projectDir, datasetDir).replaceAll('\\', '/')} does not exist; a data set is a folder with a dataset.yaml`,
  });
}
