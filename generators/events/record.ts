import type { Calendar } from '../calendar.ts';
import { userId } from '../people.ts';
import type { Scenario } from '../scenario.ts';
import type { Rec } from '../source.ts';
import { eventTypes } from './details.ts';
import { dayOfKey, eventIds, idText } from './ids.ts';
import {
  DURATION,
  HAPPENED,
  KEY,
  PLACE,
  PLACES,
  RECEIVED,
  SESSION,
  TYPE,
  USER,
  VARIANT,
  VARIANTS,
} from './record-table.ts';

const DAY_MS = 86_400_000;

/** Gives the event that begins at `start`, received on `day`, as a record: the slow way, for lines that a fault has struck. */
export function eventRecords(
  scenario: Scenario,
  calendar: Calendar,
): (records: Int32Array, start: number, day: number) => Rec {
  const ids = eventIds(scenario.seed);
  const types = eventTypes(scenario);
  const { values: channels } = scenario.appChannels;
  const { values: countries } = scenario.countries;
  const variants = scenario.drift?.uiVariant?.values ?? [];
  return (records, start, day) => {
    const key = records[start + KEY]!;
    const number = records[start + USER]!;
    const session = records[start + SESSION]!;
    const place = records[start + PLACE]! & PLACES;
    const variant = (records[start + PLACE]! >>> VARIANT) & VARIANTS;
    ids.of(number, key);
    const digits = userId(number).slice(1);
    return {
      event_id: idText(ids),
      event_ts: calendar.timestamp(dayOfKey(key) * DAY_MS + records[start + HAPPENED]!),
      received_ts: calendar.timestamp(day * DAY_MS + records[start + RECEIVED]!),
      user_id: `u${digits}`,
      device_id: `d${digits}-${session & 3}`,
      session_id: `s${digits}-${String(dayOfKey(key)).padStart(3, '0')}-${session >>> 2}`,
      event_type: types[records[start + TYPE]!]!,
      props: {
        channel: channels[Math.floor(place / countries.length)]!,
        country: countries[place % countries.length]!,
        duration_ms: records[start + DURATION]!,
        ...(variant > 0 ? { ui_variant: variants[variant - 1]! } : {}),
      },
    };
  };
}
