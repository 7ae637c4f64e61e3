import { expect, test } from 'vitest';
import { events, lines, sandbox } from '../worlds.ts';

/** Names of all lengths around those of the words that are written at once. */
const ODD = {
  'events.usage': { a: 3, eight_by: 2, nine_byte: 1, a_name_that_is_much_longer_than_any_other: 1 },
  'drift.event_mix': undefined,
  'drift.ui_variant': { a: 0.5, a_variant_of_which_one_could_say_more: 0.5 },
  'events.app_channels': { w: 0.5, wristwatch: 0.5 },
  dirt: undefined,
};

test('a line is byte for byte what JSON.stringify gives', async () => {
  const world = sandbox(ODD);
  await world.generate({ overrides: { days: 40, users: 60 } });
  const texts = [...lines(world.workspace.rawDir, 'events').values()].flat();
  expect(texts.length).toBeGreaterThan(2000);
  expect(texts.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(texts);
  const rows = events(world.workspace.rawDir);
  const seen = <T>(of: (row: (typeof rows)[number]) => T) => new Set(rows.map(of));
  expect(seen((row) => row.event_type)).toEqual(
    new Set([...Object.keys(ODD['events.usage']), 'ticket_opened', 'payment_failed']),
  );
  expect(seen((row) => row.props.channel)).toEqual(new Set(Object.keys(ODD['events.app_channels'])));
  expect(seen((row) => row.props.ui_variant)).toEqual(new Set([undefined, ...Object.keys(ODD['drift.ui_variant'])]));
});

test('the slow way and the fast way write the same lines', async () => {
  const fast = sandbox();
  // A rule that strikes every record of a file and changes none sends all of them the slow way.
  const slow = sandbox({
    'dirt.nothing': { kind: 'renamed_column', source: 'events', column: 'props', to: 'props', rate: 1 },
  });
  const short = { overrides: { days: 40, users: 60 } };
  await fast.generate(short);
  await slow.generate(short);
  expect(lines(slow.workspace.rawDir, 'events')).toEqual(lines(fast.workspace.rawDir, 'events'));
});
