import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";

export type ClaimBallotParameters = {
  caseId: ReceiptId;
  /** From 0. */
  round: number;
  /** Whose ballot it is; the signer unless given. */
  voter?: string;
};

/** Amounts of the stake token, smallest unit. */
export type SettledBallot = {
  /** Share of the round's fee, credited to the voter in the vault. */
  paid: bigint;
  /** What it lost of its risk; the rest is free. */
  forfeited: bigint;
};

/**
 * Settles one ballot of a case that is final or ended, by anybody.
 * @throws ContractError for example `CaseInPhase`, `NoBallot` (also if it was settled before).
 * @example
 * const { paid, forfeited } = await claimBallot(signer, deployment, { caseId, round: 0 });
 */
export async function claimBallot(
  signer: Signer,
  deployment: Deployment,
  { caseId, round, voter }: ClaimBallotParameters,
): Promise<SettledBallot> {
  const contracts = contractsOf(deployment, signer);
  const account = voter ?? (await signer.getAddress());
  const sent = await send(contracts, contracts.court.claim, caseId, round, account);
  const { paid, forfeited } = eventOf<SettledBallot>(sent, contracts.court, "BallotSettled");
  return { paid, forfeited };
}
