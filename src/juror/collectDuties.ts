import { parseUnits, type Result } from "ethers";

import { claim } from "../actions/claim.ts";
import { claimBallot } from "../actions/claimBallot.ts";
import { readAccount } from "../actions/readAccount.ts";
import { settleCase } from "../actions/settleCase.ts";
import { withdrawContribution } from "../actions/withdrawContribution.ts";
import { translated, unitOf } from "../chain/calls.ts";
import type { Duty } from "../chain/caseDuties.ts";
import { eventsOf } from "../chain/logs.ts";
import { FatalError } from "../errors.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { Receipt } from "../protocol/receipts.ts";
import type { Juror } from "./juror.ts";

/**
 * Claims a ballot, settles a case, or withdraws a contribution.
 * @throws ContractError, for example when somebody else did it meanwhile.
 */
export async function doCollectDuty(juror: Juror, { kind, caseId, round, asked }: Duty): Promise<void> {
  const { signer, deployment, account } = juror;
  if (kind === "claimBallot") {
    await claimBallot(signer, deployment, { caseId, round, voter: account });
  } else if (kind === "settleCase") {
    await settleCase(signer, deployment, { receipt: await publishedReceipt(juror, caseId) });
  } else if (kind === "withdrawContribution") {
    await withdrawContribution(signer, deployment, { caseId, round, asked: asked!, contributor: account });
  }
}

/** Takes out what was credited to the account, if it is worth the gas. @returns the amount, 0 if it was not. */
export async function collectCredit(juror: Juror): Promise<bigint> {
  const { provider, signer, deployment, account, config, contracts } = juror;
  const { credit } = await readAccount(provider, deployment, { account });
  const decimals = (await unitOf(contracts))?.decimals ?? 0;
  if (credit === 0n || credit < parseUnits(config.collect.minCredit, decimals)) return 0n;
  return claim(signer, deployment, { account });
}

const BLOCKS_PER_LOOK = 50_000;

/** The receipt that a case is about; it was published when the case was opened, or before. */
async function publishedReceipt({ contracts, cases, fromBlock }: Juror, caseId: ReceiptId): Promise<Receipt> {
  const { attestations } = contracts;
  const filter = attestations.filters.AnswerPublished(caseId);
  const opened = cases.open().find((known) => known.caseId === caseId);
  for (let to = opened?.block ?? 0; to >= fromBlock; to -= BLOCKS_PER_LOOK) {
    const from = Math.max(fromBlock, to - BLOCKS_PER_LOOK + 1);
    const [found] = await translated(contracts, () => eventsOf<{ receipt: Result }>(attestations, filter, from, to));
    if (found === undefined) continue;
    const { issuedAt, anchorBy, ...rest } = found.receipt.toObject() as Receipt & {
      issuedAt: bigint;
      anchorBy: bigint;
    };
    return { ...rest, issuedAt: Number(issuedAt), anchorBy: Number(anchorBy) };
  }
  throw new FatalError("RECEIPT_MISSING", `the node has no publication of receipt ${caseId}`);
}
