import type { Provider } from "ethers";

import { RECEIPT_LIFE } from "../protocol/operators.ts";
import { blockBefore } from "./blockBefore.ts";
import type { Contracts } from "./contracts.ts";
import { eventsOf } from "./logs.ts";

/** Locks reach this part of what backs them, in basis points. */
const MAX_LOCKED_BPS = 9_000n;
const BPS = 10_000n;

/** What stands behind an operator's promises in one block. Amounts of the stake token, smallest unit; times in Unix seconds. */
export type Backing = {
  active: bigint;
  unbonding: bigint;
  /** When the unbonding ticket matures: from then on it backs nothing new. */
  maturesAt: bigint;
  /** All locks but those that have run out. */
  locked: bigint;
  /** Those of answers among them. */
  lockedForAnswers: bigint;
  /** Until when answers can lock stake. */
  optedInUntil: number;
  /** The exposure cap in force, or a lower one that takes effect within the day. */
  cap: bigint;
};

/** What can be locked for answers just before a time, if nothing else is locked until then. Stake token, smallest unit. */
export type Rooms = {
  /** By stake. */
  stake: bigint;
  /** By exposure cap. */
  cap: bigint;
};

/** Where in the chain something is read. */
export type BlockPlace = { number: number; timestamp: number };

/** Reads what stands behind an operator's promises, as of a block. */
export async function readBacking(
  contracts: Contracts,
  provider: Provider,
  block: BlockPlace,
  operator: string,
): Promise<Backing> {
  const { vault, attestations } = contracts;
  const at = { blockTag: block.number };
  const [account, lockedForAnswers, optedInUntil, expired, cap] = await Promise.all([
    vault.account(operator, at),
    vault.lockedBy(attestations, operator, at),
    vault.optedInUntil(operator, attestations, at),
    attestations.sweep.staticCall(operator, at), // what would be freed in passing
    readLowestCap(contracts, provider, block, operator),
  ]);
  return {
    active: account.active,
    unbonding: account.unbonding,
    maturesAt: account.maturesAt,
    locked: account.locked - expired,
    lockedForAnswers: lockedForAnswers - expired,
    optedInUntil: Number(optedInUntil),
    cap,
  };
}

/** What of a backing is left for receipts that are anchored just before `anchorBy`. */
export function roomsAt(backing: Backing, anchorBy: number): Rooms {
  const { active, unbonding, maturesAt, locked, lockedForAnswers, cap } = backing;
  const backed = active + (maturesAt >= anchorBy ? unbonding : 0n);
  return {
    stake: positive((backed * MAX_LOCKED_BPS) / BPS - locked),
    cap: positive(cap - lockedForAnswers),
  };
}

/** The exposure cap in force, or a lower one that was set less than a day ago and takes effect within the day. */
async function readLowestCap(
  { operators }: Contracts,
  provider: Provider,
  block: BlockPlace,
  operator: string,
): Promise<bigint> {
  const [cap, fromBlock] = await Promise.all([
    operators.exposureCap(operator, { blockTag: block.number }),
    blockBefore(provider, block, block.timestamp - RECEIPT_LIFE),
  ]);
  type CapSet = { exposureCap: bigint; effectiveAt: bigint };
  const events = await eventsOf<CapSet>(operators, operators.filters.ExposureCapSet(operator), fromBlock, block.number);
  const latest = events.at(-1);
  const isLowered = latest !== undefined && latest.effectiveAt > block.timestamp && latest.exposureCap < cap;
  return isLowered ? latest.exposureCap : cap;
}

const positive = (a: bigint): bigint => (a > 0n ? a : 0n);
