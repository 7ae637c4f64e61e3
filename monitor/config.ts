import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../core/config.ts';
import type { Criticality } from '../core/quality-report.ts';

/** A message to a webhook. */
export interface AlertConfig {
  /** Criticality of a batch from which it is sent. */
  readonly atLeast: Criticality;
  /** Name of the environment variable that holds the URL. */
  readonly urlFrom: string;
  readonly shape: 'slack' | 'teams';
  readonly timeoutSeconds: number;
  readonly attempts: number;
}

export interface MonitorConfig {
  /** Undefined: nobody is told. */
  readonly qualityAlert: AlertConfig | undefined;
}

/** `configs/monitor.yaml` as it stands on disk after its schema has accepted it. */
interface MonitorSpec {
  readonly version: 1;
  readonly quality?: {
    readonly alert?: {
      readonly at_least: Criticality;
      readonly url_from: string;
      readonly shape: 'slack' | 'teams';
      readonly timeout_seconds?: number;
      readonly attempts?: number;
    };
  };
}

/**
 * Reads `configs/monitor.yaml`; a project without one tells nobody.
 *
 * @throws {TidemarkError} CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY or CONFIG_INVALID, all problems at once.
 */
export function loadMonitorConfig(projectDir: string): MonitorConfig {
  const file = join(projectDir, 'configs', 'monitor.yaml');
  if (!existsSync(file)) return { qualityAlert: undefined };
  const { alert } = loadConfig<MonitorSpec>(file, { schema: 'monitor', projectDir }).value.quality ?? {};
  return {
    qualityAlert: alert && {
      atLeast: alert.at_least,
      urlFrom: alert.url_from,
      shape: alert.shape,
      timeoutSeconds: alert.timeout_seconds ?? 5,
      attempts: alert.attempts ?? 3,
    },
  };
}
