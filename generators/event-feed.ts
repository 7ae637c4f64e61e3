import { random } from '../core/random.ts';
import type { Calendar } from './calendar.ts';
import { dirt, type FaultKind } from './dirt.ts';
import { type EventDetails, eventDetails } from './events.ts';
import { type LineStore, lineStore } from './line-store.ts';
import { type Person, userId } from './people.ts';
import type { Scenario } from './scenario.ts';
import type { UserDay } from './world.ts';

/** A fault that was put into a file. */
export interface Fault {
  readonly kind: FaultKind;
  /** 1-based. */
  readonly line: number;
  /** Event id. */
  readonly id: string;
}

export interface EventFile {
  readonly bytes: Buffer;
  readonly lines: number;
  /** By line; a line can have several. */
  readonly faults: readonly Fault[];
}

export interface EventFeed {
  /** Sends the events of one user-day; days come in order. Returns how many events happened. */
  send(userDay: UserDay, day: number, person: Person): number;
  /** What was received on the day, by time of receipt; ask once all user-days of the day are sent. */
  receive(day: number): EventFile;
}

/** What is under way to the file of one day. `line` is the index in the store until the lines are in order. */
interface Delivery {
  readonly store: LineStore;
  readonly faults: Fault[];
}

const DAY_MS = 86_400_000;
const NONE: readonly FaultKind[] = [];
const FIRST_BYTES = 1 << 16;

/**
 * Turns user-days into the lines of the event files, each in the file of the day on which it was received.
 *
 * Lines that are still under way wait in memory; those that would arrive after the last day are never seen, as in reality.
 */
export function eventFeed(scenario: Scenario, calendar: Calendar): EventFeed {
  const details: EventDetails = eventDetails(scenario);
  const nextTransport = dirt(scenario);
  const variants = uiVariants(scenario);
  const pending = new Map<number, Delivery>();

  const deliver = (day: number, atMs: number, text: string, id: string, kinds: readonly FaultKind[]) => {
    if (day >= scenario.days) return;
    let delivery = pending.get(day);
    if (!delivery) {
      delivery = { store: lineStore(FIRST_BYTES), faults: [] };
      pending.set(day, delivery);
    }
    const line = delivery.store.add(atMs, text);
    for (const kind of kinds) delivery.faults.push({ kind, line, id });
  };

  return {
    send(userDay, day, person) {
      const events = details.of(userDay, day, person);
      const user = `"${userId(userDay.user.number)}"`;
      const variant = scenario.drift && day >= scenario.drift.day ? variants(userDay.user.number) : '';
      const props = `,"country":"${person.profile.country}","duration_ms":`;
      for (const event of events) {
        const transport = nextTransport();
        const receivedMs = event.atMs + transport.delayMs;
        const whole =
          `{"event_id":"${event.id}","event_ts":"${calendar.timestamp(event.atMs)}","received_ts":"${calendar.timestamp(receivedMs)}"` +
          `,"user_id":${transport.hasNullUser ? 'null' : user},"device_id":"${event.deviceId}","session_id":"${event.sessionId}"` +
          `,"event_type":"${event.type}","props":{"channel":"${event.channel}"${props}${event.durationMs}${variant}}}`;
        const text = transport.keep === undefined ? whole : whole.slice(0, Math.floor(whole.length * transport.keep));
        const kinds =
          transport.isLate || transport.hasNullUser || transport.keep !== undefined ? kindsOf(transport) : NONE;
        const receivedDay = Math.floor(receivedMs / DAY_MS);
        deliver(receivedDay, receivedMs, text, event.id, kinds);
        if (transport.duplicateMs !== undefined) {
          // The bytes are the same, so is the time of receipt in them: the copy stays in the file of that day.
          const againMs = Math.min(receivedMs + transport.duplicateMs, (receivedDay + 1) * DAY_MS - 1);
          deliver(receivedDay, againMs, text, event.id, [...kinds, 'duplicate']);
        }
      }
      return events.length;
    },

    receive(day) {
      const delivery = pending.get(day);
      pending.delete(day);
      if (!delivery) return { bytes: Buffer.alloc(0), lines: 0, faults: [] };
      const { bytes, places } = delivery.store.inOrder();
      const faults = delivery.faults
        .map((fault) => ({ ...fault, line: places[fault.line]! + 1 }))
        .sort((a, b) => a.line - b.line || (a.kind < b.kind ? -1 : 1));
      return { bytes, lines: delivery.store.lines, faults };
    },
  };
}

function kindsOf({ isLate, hasNullUser, keep }: ReturnType<ReturnType<typeof dirt>>): FaultKind[] {
  return [
    ...(isLate ? (['late'] as const) : []),
    ...(hasNullUser ? (['null_user'] as const) : []),
    ...(keep === undefined ? [] : (['malformed'] as const)),
  ];
}

/** The end of `props` for a user from the drift day on: one variant a user, for good. */
function uiVariants({ seed, drift }: Scenario): (user: number) => string {
  const law = drift?.uiVariant;
  const known: string[] = [];
  return (user) => {
    if (!law) return '';
    known[user] ??= `,"ui_variant":"${random(seed, 'ui_variant', user).pick(law.values, law.weights)}"`;
    return known[user];
  };
}
