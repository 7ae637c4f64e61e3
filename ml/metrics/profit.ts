export interface Offer {
  /** What a contact is worth when the user would have left: gained in money. */
  readonly benefit: number;
  /** What a contact costs, in the same money. */
  readonly cost: number;
}

export interface Profit {
  /** Contact when the probability is above this: cost / benefit. */
  readonly threshold: number;
  readonly contacted: number;
  readonly contactedPositives: number;
  /** benefit * true positives - cost * contacted. */
  readonly profit: number;
}

/** The threshold at which a calibrated probability pays for the contact; 1 (nobody) when the cost reaches the benefit. */
export const profitThreshold = ({ benefit, cost }: Offer): number => (cost >= benefit ? 1 : cost / benefit);

/** What the rule "contact above cost/benefit" earns on these rows. It is the best rule when probabilities are calibrated. */
export function expectedProfit(label: ArrayLike<number>, probability: ArrayLike<number>, offer: Offer): Profit {
  const threshold = profitThreshold(offer);
  let contacted = 0;
  let contactedPositives = 0;
  for (let i = 0; i < label.length; i++) {
    if (!(probability[i]! > threshold)) continue;
    contacted++;
    contactedPositives += label[i]!;
  }
  return {
    threshold,
    contacted,
    contactedPositives,
    profit: offer.benefit * contactedPositives - offer.cost * contacted,
  };
}
