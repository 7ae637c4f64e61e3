import { faker } from '@faker-js/faker/locale/en';

/** The name of an account's company; its users' addresses have it in their domain. Faker is seeded anew, so nothing carries over. */
export function companyName(seed: number, account: number): string {
  faker.seed([seed, account]);
  return faker.company.name();
}
