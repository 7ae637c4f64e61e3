import { faker } from '@faker-js/faker/locale/en';

/** The name of an account's company; its users' addresses have it in their domain. Faker is seeded anew, so nothing carries over. */
export function companyName(seed: number, account: number): string {
  faker.seed([seed, account]);
  return faker.company.name();
}

/** `a000001` for account 0. */
export const accountId = (account: number): string => `a${String(account + 1).padStart(6, '0')}`;

/** The number behind an {@link accountId}. */
export const accountNumber = (id: string): number => Number(id.slice(1)) - 1;
