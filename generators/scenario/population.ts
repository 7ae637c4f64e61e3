import type { ScenarioSpec } from '../scenario.ts';
import type { Checks, DayWindow } from './checks.ts';
import { type Shares, type Weighted, weighted } from './shares.ts';

export interface PopulationSpec {
  readonly opening_users: number;
  readonly opening_days: number;
  readonly daily_signup_rate: number;
  readonly growth_per_month?: number;
  /** By name. */
  readonly campaigns?: Readonly<Record<string, CampaignSpec>>;
  readonly mean_account_users?: number;
  readonly profile_change_rate?: number;
  readonly return?: { readonly probability: number; readonly mean_days: number };
  readonly countries: Shares;
  readonly signup_channels: Shares;
  readonly roles: Shares;
}

export interface CampaignSpec {
  readonly days: DayWindow;
  readonly signup_factor: number;
  readonly signup_channel: string;
}

/** A time of more signups. Days are counted from 0, both ends belong to it. */
export interface Campaign {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Signups on top of the usual, as a multiple of the usual. */
  readonly extra: number;
  /** Index into `signupChannels`: where those on top come from. */
  readonly channel: number;
}

export interface Population {
  readonly openingUsers: number;
  readonly openingDays: number;
  /** Mean number of new users a day right after the opening. */
  readonly signupsPerDay: number;
  /** Factor on the signups from one day to the next; 1 when the rate is constant. */
  readonly dailyGrowth: number;
  readonly campaigns: readonly Campaign[];
  readonly meanAccountUsers: number;
  /** Probability per active user-day. */
  readonly profileChangeRate: number;
  readonly returning: { readonly probability: number; readonly meanDays: number };
  readonly countries: Weighted;
  readonly signupChannels: Weighted;
  readonly roles: Weighted;
}

/** Days of a month, wherever a rate is stated per month. */
const MONTH = 30;

export function checkPopulation(
  { population }: ScenarioSpec,
  { report, shares, known, window, each }: Checks,
  days: number,
): void {
  const at = (...path: string[]) => ['population', ...path];
  shares(at('countries'), population.countries);
  shares(at('signup_channels'), population.signup_channels);
  shares(at('roles'), population.roles);
  if (population.opening_days > days) {
    report(at('opening_days'), `found ${population.opening_days}, expected at most the ${days} days of the scenario`);
  }
  each(population.campaigns, (name, campaign) => {
    window(at('campaigns', name, 'days'), campaign.days);
    if (campaign.days[0] <= population.opening_days) {
      const message = `found ${campaign.days[0]}, expected a day after the opening of ${population.opening_days} days, whose signups are given`;
      report([...at('campaigns', name, 'days'), 0], message);
    }
    const channels = Object.keys(population.signup_channels);
    known(at('campaigns', name, 'signup_channel'), campaign.signup_channel, channels, 'signup channel');
  });
}

export function normalisePopulation({ population }: ScenarioSpec, days: number): Population {
  const channels = Object.keys(population.signup_channels);
  return {
    openingUsers: population.opening_users,
    openingDays: Math.min(population.opening_days, days),
    signupsPerDay: population.daily_signup_rate * population.opening_users,
    dailyGrowth: (1 + (population.growth_per_month ?? 0)) ** (1 / MONTH),
    campaigns: Object.entries(population.campaigns ?? {}).map(([name, campaign]) => ({
      name,
      from: campaign.days[0] - 1,
      to: campaign.days[1] - 1,
      extra: campaign.signup_factor - 1,
      channel: channels.indexOf(campaign.signup_channel),
    })),
    meanAccountUsers: population.mean_account_users ?? 1,
    profileChangeRate: population.profile_change_rate ?? 0,
    returning: { probability: population.return?.probability ?? 0, meanDays: population.return?.mean_days ?? 1 },
    countries: weighted(population.countries),
    signupChannels: weighted(population.signup_channels),
    roles: weighted(population.roles),
  };
}
