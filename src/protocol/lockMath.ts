const BPS = 10_000n;

/** The penalty locked on top of a coverage, in the stake token's smallest unit; rounded up, in favour of the reserve. */
export function penaltyUp(coverage: bigint, penaltyBps: number): bigint {
  return (coverage * BigInt(penaltyBps) + BPS - 1n) / BPS;
}

/** What an answer locks: coverage and penalty, the penalty rounded up. */
export function lockUp(coverage: bigint, penaltyBps: number): bigint {
  return coverage + penaltyUp(coverage, penaltyBps);
}

/**
 * The coverage part of a lock, which may be short of what the receipt promised; rounded down, in favour of the penalty.
 * The coverage part of a full lock is the coverage.
 */
export function coverageDown(lock: bigint, penaltyBps: number): bigint {
  return (lock * BPS) / (BPS + BigInt(penaltyBps));
}
