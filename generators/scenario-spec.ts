/** What a user writes in `configs/scenarios/<name>.yaml`, after its schema has passed it. `because` may stand beside any number. */
export interface ScenarioSpec {
  readonly version: 1;
  readonly description: string;
  readonly seed: number;
  /** YYYY-MM-DD. */
  readonly start_date: string;
  readonly days: number;
  readonly population: PopulationSpec;
  /** By plan id. */
  readonly plans: Readonly<Record<string, PlanSpec>>;
  readonly plan_changes?: { readonly upgrade_rate?: number; readonly downgrade_rate?: number };
  readonly engagement: EngagementSpec;
  readonly events: EventsSpec;
  readonly churn: ChurnSpec;
  readonly dirt?: DirtSpec;
  readonly drift?: DriftSpec;
}

export interface PopulationSpec {
  readonly opening_users: number;
  readonly opening_days: number;
  readonly daily_signup_rate: number;
  readonly mean_account_users?: number;
  readonly profile_change_rate?: number;
  readonly return?: { readonly probability: number; readonly mean_days: number };
  readonly countries: Shares;
  readonly signup_channels: Shares;
  readonly roles: Shares;
}

export interface PlanSpec {
  readonly price_usd_month: number;
  readonly start_share: number;
  readonly engagement?: number;
}

export interface EngagementSpec {
  readonly user_spread: number;
  readonly noise: { readonly spread: number; readonly memory_days: number };
  readonly decline: { readonly rate: number; readonly daily_drop: number; readonly recovery_rate: number };
  readonly weekday_factors: readonly number[];
}

export interface IncidentSpec {
  readonly rate: number;
  readonly user_spread: number;
  readonly plans?: readonly string[];
}

export interface EventsSpec {
  readonly per_day: number;
  /** Relative weights by event type. */
  readonly usage: Readonly<Record<string, number>>;
  readonly incidents: { readonly ticket_opened: IncidentSpec; readonly payment_failed: IncidentSpec };
  readonly session_events: number;
  readonly hour_weights: readonly number[];
  readonly app_channels: Shares;
}

export interface DriverSpec {
  readonly coefficient: number;
  readonly cap?: number;
}

export interface ChurnSpec {
  readonly intercept: number;
  readonly drivers: {
    readonly usage_trend?: { readonly coefficient: number; readonly smoothing: number };
    readonly days_idle?: DriverSpec;
    readonly tickets_14d?: DriverSpec;
    readonly failed_payments_28d?: DriverSpec;
    readonly log_tenure?: { readonly coefficient: number };
    readonly plan?: { readonly log_odds: Readonly<Record<string, number>> };
  };
}

export interface DelaySpec {
  readonly share: number;
  readonly min_hours: number;
  readonly mean_hours: number;
  readonly max_hours: number;
}

export interface DirtSpec {
  readonly late?: { readonly rate: number; readonly delays: readonly DelaySpec[] };
  readonly duplicate?: { readonly rate: number };
  readonly null_user?: { readonly rate: number };
  readonly malformed?: { readonly rate: number };
}

export interface DriftSpec {
  readonly day: number;
  readonly ui_variant?: Shares;
  /** Factors on the weights of `events.usage` from the drift day on. */
  readonly event_mix?: Readonly<Record<string, number>>;
}

/** Probabilities by name; they sum to one. */
export type Shares = Readonly<Record<string, number>>;
