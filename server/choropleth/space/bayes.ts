/**
 * Empirical Bayes rates with a global mean (Marshall 1991, "Mapping disease and mortality rates using empirical
 * Bayes estimators"). A rate from few people is mostly chance; it is drawn to the rate of all regions,
 * the more so the smaller its denominator:
 *
 *   m = Σ numerator / Σ denominator
 *   s² = Σ denominatorᵢ (rateᵢ − m)² / Σ denominator
 *   A = max(0, s² − m / mean denominator)
 *   estimateᵢ = m + (A / (A + m / denominatorᵢ)) (rateᵢ − m)
 *
 * For counts of events (Poisson), with numerator and denominator as counts, not as a rate per 1,000.
 *
 * @returns rates per unit of the denominator, by region; `null` where a figure is missing, negative, or the
 *   denominator is 0
 */
export function bayesRates(
  numerators: readonly (number | null)[],
  denominators: readonly (number | null)[],
): (number | null)[] {
  const regions = numerators.map((events, i) => countsOf(events, denominators[i] ?? null));
  const known = regions.filter((region) => region !== null);
  if (known.length === 0) return regions.map(() => null);
  const base = known.reduce((sum, { base }) => sum + base, 0);
  const overall = known.reduce((sum, { events }) => sum + events, 0) / base;
  const spread = known.reduce((sum, r) => sum + r.base * (r.events / r.base - overall) ** 2, 0) / base;
  const between = Math.max(0, spread - overall / (base / known.length));
  return regions.map((region) => {
    if (!region) return null;
    const noise = overall / region.base;
    const trust = between + noise > 0 ? between / (between + noise) : 0;
    return overall + trust * (region.events / region.base - overall);
  });
}

interface Counts {
  readonly events: number;
  readonly base: number;
}

function countsOf(events: number | null, base: number | null): Counts | null {
  if (events === null || base === null) return null;
  return events >= 0 && base > 0 && Number.isFinite(events) && Number.isFinite(base)
    ? { events, base }
    : null;
}
