/** Osaka's cap of one transaction's gas. */
const MAX_GAS = 1n << 24n;
/** A later block may need a new checkpoint, or another slot of a ring. */
const MARGIN_PERCENT = 20n;

/**
 * A gas limit for what was estimated at the newest block and lands in a later one.
 * @param estimate Units of gas.
 * @returns A fifth more, but not more than a transaction may have unless the estimate is.
 */
export function ampleGas(estimate: bigint): bigint {
  const ample = (estimate * (100n + MARGIN_PERCENT)) / 100n;
  return estimate <= MAX_GAS && ample > MAX_GAS ? MAX_GAS : ample;
}
