import type { ContractTransactionReceipt } from "ethers";

import { send, translated } from "../chain/calls.ts";
import type { Duty } from "../chain/caseDuties.ts";
import { FatalError } from "../errors.ts";
import type { Juror } from "./juror.ts";

/** More than naming or fixing takes. */
const SEED_GAS = 120_000n;

/**
 * Names or fixes a seed, if the day's gas budget has room for it.
 * @param now Chain time, Unix seconds.
 * @throws FatalError `SEED_BUDGET_SPENT`; ContractError, for example when another juror was faster.
 */
export async function doSeedDuty(juror: Juror, { kind, caseId }: Duty, now: number): Promise<void> {
  const { contracts, provider, spending, config } = juror;
  const method = kind === "nameSeed" ? contracts.court.nameSeed : contracts.court.fixSeed;
  // Nothing is set aside for what is not sent: neither if another juror was faster, nor if the chain does not answer.
  await translated(contracts, () => method.staticCall(caseId));
  const { maxFeePerGas, gasPrice } = await translated(contracts, () => provider.getFeeData());
  const reserved = SEED_GAS * (maxFeePerGas ?? gasPrice ?? 0n);
  if (!spending.reserve(now, reserved, config.seeds.gasPerDay)) {
    const sentence = `seeds.gasPerDay of ${config.seeds.gasPerDay} wei is spent: others are left to name and fix seeds today`;
    throw new FatalError("SEED_BUDGET_SPENT", sentence);
  }
  let sent: ContractTransactionReceipt | undefined;
  try {
    sent = await send(contracts, method, caseId);
  } finally {
    if (sent !== undefined) spending.settle(now, reserved, sent.fee);
  }
}
