// @ts-check
/** What the growth models agree on: when a user counts as activated and as retained, and what stands where something is not known. */

/** A user is activated who is active on so many days of the first so many, the day of the signup among them. */
const ACTIVATION = { activeDays: 3, withinDays: 7 };

/** A payer is retained who is on a paid plan so many days after the first paid day. */
const RETENTION_DAYS = 30;

/** What an experiment is judged by: each metric looks at so many days after the day of the exposure. */
const METRICS = [
  { name: 'retained_30d', of: 'retained', days: 30 },
  { name: 'retained_60d', of: 'retained', days: 60 },
  { name: 'paid_30d', of: 'paid', days: 30 },
];

/** The channel of a user of whom none is known, and that of whoever came without a touch. */
const UNKNOWN_CHANNEL = '(unknown)';
const NO_TOUCH = '(no touch)';

module.exports = { ACTIVATION, RETENTION_DAYS, METRICS, UNKNOWN_CHANNEL, NO_TOUCH };
