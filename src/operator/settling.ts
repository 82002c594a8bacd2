import { claim } from "../actions/claim.ts";
import { readAccount } from "../actions/readAccount.ts";
import { settleCase } from "../actions/settleCase.ts";
import { send, translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { CredenceError } from "../errors.ts";
import { Phase } from "../protocol/court.ts";
import type { DutyContext } from "./duty.ts";

/** Settles cases on own answers as soon as they are final: a lock is held until somebody does. */
export async function settleCases(context: DutyContext): Promise<void> {
  const { chain, contracts, answers, tasks, signer, deployment, log } = context;
  for (const receiptId of chain.openCases()) {
    const { phase } = await translated(contracts, () => contracts.court.caseOf(receiptId));
    const receipt = answers.answer(receiptId)?.signed.receipt;
    if (Number(phase) !== Phase.Final || receipt === undefined) continue;
    tasks.start({
      duty: "settle",
      subject: receiptId,
      run: async () => {
        const { ruling, toOperator, taken } = await settleCase(signer, deployment, { receipt });
        log.info({ receiptId, ruling, toOperator, taken }, "case settled");
      },
    });
  }
}

/** Claims what was credited to the operator, for example of bonds that challengers lost; it is paid to its own address. */
export async function claimCredit({ contracts, operator, ...context }: DutyContext): Promise<void> {
  const { settings, tasks, signer, deployment, log } = context;
  const { claimAbove } = settings;
  if (claimAbove === undefined) return;
  const { credit } = await readAccount(contracts.vault.runner!.provider!, deployment, { account: operator });
  if (credit === 0n || credit < claimAbove) return;
  const run = async (): Promise<void> => {
    try {
      log.info({ amount: await claim(signer, deployment, { account: operator }) }, "credit claimed");
    } catch (error) {
      if (error instanceof CredenceError && error.code === "NothingToClaim") return;
      throw error;
    }
  };
  tasks.start({ duty: "claim", subject: operator, run });
}

/**
 * Frees locks that have run out. Anchoring and honouring do it in passing, so that only other uses of the stake need it:
 * withdrawing, voting, a bond to be restored.
 */
export async function sweepLocks({ contracts, operator, ...context }: DutyContext): Promise<void> {
  const { settings, tasks, signer, deployment, log } = context;
  const { sweepAbove } = settings;
  if (sweepAbove === undefined) return;
  const expired = await translated(contracts, () => contracts.attestations.sweep.staticCall(operator));
  if (expired === 0n || expired < sweepAbove) return;
  const run = async (): Promise<void> => {
    const own = contractsOf(deployment, signer);
    await send(own, own.attestations.sweep, operator);
    log.info({ freed: expired }, "locks freed");
  };
  tasks.start({ duty: "sweep", subject: operator, run });
}
