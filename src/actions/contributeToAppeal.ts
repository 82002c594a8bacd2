import type { Signer } from "ethers";

import { allow } from "../chain/allowance.ts";
import { eventOf, send, translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { Ruling } from "../protocol/rulings.ts";

export type ContributeToAppealParameters = {
  caseId: ReceiptId;
  /** Another ruling than the one that stands. */
  asked: Ruling;
  /** At most what is missing is taken. Stake token, smallest unit. */
  amount: bigint;
};

export type Contribution = {
  /** That the appeal opens, from 1. */
  round: number;
  /** What was taken, stake token, smallest unit. */
  taken: bigint;
  /** What is left to raise; 0: the round was opened. */
  missing: bigint;
};

/**
 * Adds to the appeal that asks for a ruling. The first pool that is full opens the next round; the others are given back,
 * see `withdrawContribution`. Approves what is taken for the DisputeManager first if the allowance is lower.
 * @throws ContractError for example `CaseInPhase`, `RulingStands`, `ContributionZero`, `ERC20InsufficientBalance`.
 * @example
 * const { missing } = await contributeToAppeal(signer, deployment, { caseId, asked: Ruling.Upheld, amount });
 */
export async function contributeToAppeal(
  signer: Signer,
  deployment: Deployment,
  { caseId, asked, amount }: ContributeToAppealParameters,
): Promise<Contribution> {
  const contracts = contractsOf(deployment, signer);
  const { disputes } = contracts;
  const wanted = await translated(contracts, async () => {
    const { round, cost } = await disputes.appealCost(caseId);
    const { raised } = await disputes.poolOf(caseId, round, asked);
    return cost - raised < amount ? cost - raised : amount;
  });
  await allow(contracts, signer, deployment.disputes, wanted);
  const sent = await send(contracts, disputes.contribute, caseId, asked, wanted);
  const event = eventOf<{ round: bigint; amount: bigint; missing: bigint }>(sent, disputes, "Contributed");
  return { round: Number(event.round), taken: event.amount, missing: event.missing };
}
