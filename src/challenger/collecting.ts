import { claim } from "../actions/claim.ts";
import { readAccount } from "../actions/readAccount.ts";
import { readCase } from "../actions/readCase.ts";
import { settleCase } from "../actions/settleCase.ts";
import { RetryableError } from "../errors.ts";
import { Phase } from "../protocol/court.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { CaseState } from "../protocol/rulings.ts";
import type { Context } from "./context.ts";

/** Has bounties and bonds paid out once there is enough of them. */
export async function collectCredit(context: Context): Promise<void> {
  const { provider, deployment, account, policy, signers, metrics, log } = context;
  const { credit } = await readAccount(provider, deployment, { account });
  if (credit === 0n || credit < policy.claimFrom) return;
  if (policy.dryRun) {
    log.debug({ credit }, "would claim what was credited");
    return;
  }
  const amount = await claim(signers.open, deployment, { account });
  metrics.acts.inc({ kind: "claim" });
  log.info({ amount }, "claimed what was credited");
}

/** Divides the money of the case on an answer, if there is one whose ruling is final; whoever opened it. */
export async function settleDecided(context: Context, caseId: ReceiptId): Promise<void> {
  const { provider, deployment, answers, policy, signers, metrics, log } = context;
  const { phase, state } = await readCase(provider, deployment, { caseId });
  if (phase !== Phase.Final || state !== CaseState.Open) return;
  const answer = answers.get(caseId);
  if (answer === undefined)
    throw new RetryableError("ANSWER_UNKNOWN", `the answer of case ${caseId} is not followed yet`);
  if (policy.dryRun) {
    log.debug({ caseId }, "would settle a case");
    return;
  }
  const { ruling } = await settleCase(signers.duty, deployment, { receipt: answer.receipt });
  metrics.acts.inc({ kind: "settle" });
  log.info({ caseId, ruling }, "settled a case");
}
