/** One number of a card with what it must be read beside. */
export interface Headline {
  readonly label: string;
  readonly value: string;
  readonly beside: string | undefined;
}

/** What the first page says of a card. */
export interface CardSummary {
  readonly title: string | undefined;
  /** UTC time, ISO. */
  readonly trainedAt: string | undefined;
  /** YYYY-MM-DD. */
  readonly expiresAt: string | undefined;
  readonly headline: readonly Headline[];
  /** Whether the data can show what the numbers say, in words. */
  readonly statement: string | undefined;
  /** Leakage checks that did not pass. */
  readonly leaks: readonly { readonly name: string; readonly status: 'failed' | 'warning' }[];
}

/**
 * The few numbers of a `card.json` to read first. Every field is read with care: a card of another version costs the fields that it lacks
 * and nothing else.
 */
export function summariseCard(card: unknown): CardSummary {
  const headline = at(card, 'headline');
  const baseRate = number(at(headline, 'baseRate'));
  const lift = number(at(headline, 'averagePrecisionLift', 'value'));
  const beside = [baseRate && `base rate ${decimals(baseRate)}`, lift && `${lift.toFixed(1)} times it`]
    .filter(Boolean)
    .join(', ');
  const leakage = at(card, 'leakage');
  return {
    title: text(at(card, 'details', 'title')),
    trainedAt: text(at(card, 'details', 'trainedAt')),
    expiresAt: text(at(card, 'details', 'expiresAt')),
    headline: [
      estimate('ROC AUC', at(headline, 'rocAuc'), decimals),
      estimate('average precision', at(headline, 'averagePrecision'), decimals, beside),
      estimate('ROC AUC over recency', at(headline, 'differenceToRecency'), signed),
      ...achievable(headline),
    ].filter((item) => item !== undefined),
    statement: text(at(card, 'power', 'statement')),
    leaks: (Array.isArray(leakage) ? leakage : []).flatMap((check) => {
      const status = at(check, 'status');
      return status === 'failed' || status === 'warning' ? [{ name: String(at(check, 'name')), status }] : [];
    }),
  };
}

/** With real data nobody knows what could be achieved; the page says so. */
function achievable(headline: unknown): (Headline | undefined)[] {
  if (headline === undefined) return [];
  const share = at(headline, 'shareOfAchievable');
  if (share === null) return [{ label: 'share of the achievable', value: 'not known', beside: undefined }];
  return [estimate('share of the achievable', share, percent)];
}

function estimate(label: string, found: unknown, format: (n: number) => string, beside?: string): Headline | undefined {
  const value = number(at(found, 'value'));
  if (value === undefined) return undefined;
  const low = number(at(found, 'low'));
  const high = number(at(found, 'high'));
  const interval = low === undefined || high === undefined ? undefined : `${format(low)} to ${format(high)}`;
  return { label, value: format(value), beside: [interval, beside].filter(Boolean).join('; ') || undefined };
}

const decimals = (n: number): string => n.toFixed(3);
const signed = (n: number): string => `${n < 0 ? '−' : '+'}${Math.abs(n).toFixed(3)}`;
const percent = (n: number): string => `${Math.round(100 * n)} %`;

const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}
