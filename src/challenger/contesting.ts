import { hexlify } from "ethers";

import { mergeReceipt } from "../actions/mergeReceipt.ts";
import { openCase } from "../actions/openCase.ts";
import { openGame } from "../actions/openGame.ts";
import { proveFault } from "../actions/proveFault.ts";
import { publishAnswer } from "../actions/publishAnswer.ts";
import { translated } from "../chain/calls.ts";
import { RetryableError } from "../errors.ts";
import { LockState, bareLeaf, type Leaf } from "../protocol/answers.ts";
import { ContractError } from "../protocol/errors.ts";
import { lockUp } from "../protocol/lockMath.ts";
import type { KnownAnswer } from "./answerTable.ts";
import { settleDecided } from "./collecting.ts";
import type { StakeKind } from "./budget.ts";
import type { Context } from "./context.ts";
import { wasSent } from "./wasSent.ts";

/** An answer that can still be overturned. */
type Contestable = {
  readonly isPublished: boolean;
  /** Behind the answer, or behind its leaf as long as it is not published: stake token, smallest unit. */
  readonly locked: bigint;
  /** Of what was promised, what is not locked, and a leaf may fill. */
  readonly isShort: boolean;
  /** A game can be opened, not only a proof be given. */
  readonly isBeforeFinal: boolean;
};

/** The chain says that there is nothing to win any more, or never was. */
const OVER: ReadonlySet<string> = new Set([
  ...[
    "AnswerOver",
    "BatchLockOver",
    "ReceiptVoid",
    "GroundNotAllowed",
    "NotBeneficiary",
    "ShownTooLong",
    "CaseInState",
  ],
  ...["ReplayUnavailable", "ModelUnknown", "NotReplayable"],
]);
/** The chain does not agree that the answer is wrong. */
const DISAGREED: ReadonlySet<string> = new Set([
  ...["UnitHolds", "FaultAbsent", "TraceMismatch", "GraphMismatch", "WeightsMismatch", "TensorRootMismatch"],
  ...["EndMismatch", "RootCountMismatch", "OpOutOfRange", "RowOutOfRange", "LengthMismatch", "ProofLength"],
]);

/** Contests an answer that the replay says is wrong: by a proof, a game, or a case, whichever fits what is known. */
export async function contestAnswer(context: Context, answer: KnownAnswer): Promise<void> {
  const { answers, budget, policy, metrics, log } = context;
  const { receiptId } = answer;
  const end = (reason: string): void => {
    for (const kind of ["game", "case"] as const) {
      if (!wasSent(context, kind, receiptId) && !budget.hasStake(kind, receiptId)) budget.release(kind, receiptId);
    }
    answers.end(receiptId, reason);
    metrics.refusals.inc({ reason });
    log.info({ receiptId, reason }, "a wrong answer is left alone");
  };
  const state = await lookAt(context, answer);
  const reason = typeof state === "string" ? state : reasonToLeave(answer, state, context);
  if (reason !== undefined || typeof state === "string") {
    end(reason ?? "over");
    return;
  }
  if (policy.dryRun) {
    end("dryRun");
    log.info({ receiptId, verdict: answer.verdict, fault: answer.fault?.kind }, "would contest an answer");
    return;
  }
  try {
    await contest(context, answer, state);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    if (DISAGREED.has(error.code)) {
      log.error({ err: error, receiptId }, "the chain refuses a proof: the replay here differs from the chain's");
      end("disagreed");
    } else if (OVER.has(error.code)) end(error.code);
    else if (error.code === "LockInState") await settleDecided(context, receiptId);
    else throw error;
  }
}

/** Why nothing is to be done about a wrong answer that could still be overturned. */
function reasonToLeave({ verdict, receipt }: KnownAnswer, state: Contestable, context: Context): string | undefined {
  const { policy, replayer } = context;
  if (state.locked === 0n && !policy.contestUnpaid) return "unpaid";
  if (verdict !== "proven" && !state.isBeforeFinal) return "over";
  if (policy.court) return undefined;
  // In a game the operator may show a tensor 0 that is wrong and all else right: who cannot go to the court then loses.
  const mayNeedCourt = verdict === "withheld" && replayer.hasPreprocessing(receipt.modelId);
  return verdict === "preprocessing" || mayNeedCourt ? "judgement" : undefined;
}

async function contest(context: Context, answer: KnownAnswer, state: Contestable): Promise<void> {
  switch (answer.verdict) {
    case "proven":
      await prove(context, answer, state);
      return;
    case "withheld":
      await putDown(context, answer, "game");
      return;
    case "preprocessing":
      await putDown(context, answer, "case");
      return;
    case "right":
    case "unjudged":
    case undefined:
  }
}

/** What the chain says of it now, or why it is over. */
async function lookAt(context: Context, answer: KnownAnswer): Promise<Contestable | string> {
  const { contracts, head } = context;
  const { receiptId, receipt, place } = answer;
  const [view, terms] = await translated(contracts, () =>
    Promise.all([contracts.attestations.answer(receiptId), contracts.models.terms(receipt.modelId)]),
  );
  const promised = lockUp(receipt.coverage, Number(terms.penaltyBps));
  const now = head().timestamp;
  if (view.publishedAt === 0n) {
    if (answer.publishedBlock !== undefined)
      throw new RetryableError("CHAIN_STALE", `the node does not have answer ${receiptId} yet, which was followed`);
    return lookAtLeaf(context, answer, promised, now);
  }
  const state = Number(view.state);
  if (state === LockState.Seized) return "overturned";
  const isBeforeFinal = now < Number(view.finalAt);
  if (state !== LockState.Held && !isBeforeFinal) return "over";
  const isShort = view.anchoredAlone && !view.merged && view.locked < promised && place !== undefined;
  // A leaf's lock fills what is missing: it counts as if it were there.
  return { isPublished: true, locked: isShort ? promised : view.locked, isShort, isBeforeFinal };
}

function lookAtLeaf({ batches }: Context, { place }: KnownAnswer, locked: bigint, now: number): Contestable | string {
  const lockEnd = place && batches.get(place.batchId)?.lockEnd;
  if (lockEnd === undefined || now >= lockEnd) return "expired";
  return { isPublished: false, locked, isShort: false, isBeforeFinal: true };
}

/** Publishes the answer if nobody has, and overturns it. */
async function prove(context: Context, answer: KnownAnswer, state: Contestable): Promise<void> {
  const { answers, signers, deployment, metrics, log } = context;
  const { receiptId, receipt, fault } = answer;
  if (fault === undefined)
    throw new RetryableError("FAULT_UNKNOWN", `the fault of answer ${receiptId} is not in the journal`);
  const leaf = leafOf(context, answer);
  if (!state.isPublished) {
    await tolerate(["AnswerExists"], async () => {
      await publishAnswer(signers.open, deployment, { leaf, ...bytesOf(answer) });
      metrics.acts.inc({ kind: "publish" });
    });
  } else if (state.isShort) {
    await tolerate(["MergedAlready", "NotAnchoredAlone", "BatchLockOver", "ReceiptVoid"], async () => {
      await mergeReceipt(signers.open, deployment, { leaf });
    });
  }
  const { bounty, taken } = await proveFault(signers.reward, deployment, { receipt, fault });
  answers.end(receiptId, "overturned");
  metrics.acts.inc({ kind: "prove" });
  log.info({ receiptId, operator: receipt.operator, bounty, taken }, "an answer was overturned by a proof");
}

/** Opens a game or a case, once, within the budget. */
async function putDown(context: Context, answer: KnownAnswer, kind: StakeKind): Promise<void> {
  const { budget, contracts, account, metrics, inOrder } = context;
  const { receiptId, receipt } = answer;
  await inOrder(async () => {
    if (wasSent(context, kind, receiptId) || (await isOpen(context, kind, receiptId))) {
      throw new RetryableError(
        "OPENING_UNDER_WAY",
        `a ${kind} on answer ${receiptId} was sent, and is not followed yet`,
      );
    }
    const [cost, balance] = await translated(contracts, () =>
      Promise.all([costOf(context, answer, kind), contracts.token.balanceOf(account)]),
    );
    const isPoor = balance < cost;
    const refusal = isPoor ? "FUNDS" : budget.reserve(kind, receiptId, cost);
    if (refusal === "DOWN_ALREADY") return;
    if (refusal !== undefined) {
      metrics.refusals.inc({ reason: refusal });
      const text = isPoor ? `${balance} in the account` : `${budget.atRisk} at risk, ${budget.openGames} games`;
      throw new RetryableError(`BUDGET_${refusal}`, `no ${kind} on answer ${receiptId} for ${cost}: ${text}`);
    }
    try {
      await open(context, answer, kind);
    } catch (error) {
      // The contract refused, before it was sent or in its block: nothing was put down. Of anything else nobody knows.
      const isRefused =
        error instanceof ContractError || (error instanceof RetryableError && error.code === "BUDGET_GAS");
      if (isRefused) budget.release(kind, receiptId);
      throw error;
    }
    metrics.acts.inc({ kind });
    context.log.info({ receiptId, operator: receipt.operator, kind, cost }, "contested an answer");
  });
}

async function open(context: Context, answer: KnownAnswer, kind: StakeKind): Promise<void> {
  const { signers, deployment } = context;
  const leaf = leafOf(context, answer);
  const shown = answer.publishedBlock !== undefined ? {} : bytesOf(answer);
  if (kind === "game") await openGame(signers.open, deployment, { leaf, ...shown });
  else await openCase(signers.open, deployment, { leaf, ...shown, evidenceURI: EVIDENCE });
}

const EVIDENCE = `data:text/plain,${encodeURIComponent(
  "Tensor 0 of the operator's trace does not follow from the request by the rule that the model's preprocessHash names. Run the rule on the published request and compare.",
)}`;

async function costOf({ contracts }: Context, { receipt }: KnownAnswer, kind: StakeKind): Promise<bigint> {
  if (kind === "game") return contracts.disputes.replayBond();
  const { bond, fee } = await contracts.disputes.openingCost(receipt);
  return bond + fee;
}

/** Whether the chain knows of a game or case of this account that the journal has not followed yet. */
async function isOpen(context: Context, kind: StakeKind, receiptId: KnownAnswer["receiptId"]): Promise<boolean> {
  const { contracts, account, head } = context;
  return translated(contracts, async () => {
    if (kind === "case") return (await contracts.disputes.caseOf(receiptId)).opener === account;
    const filter = contracts.disputes.filters.GameOpened(undefined, receiptId, account);
    return (await contracts.disputes.queryFilter(filter, head().number)).length > 0;
  });
}

function leafOf({ batches }: Context, { receipt, place }: KnownAnswer): Leaf {
  const batch = place && batches.get(place.batchId)?.header;
  if (batch === undefined) return bareLeaf(receipt);
  return { batch, receipt, index: place!.index, proof: place!.proof };
}

function bytesOf({ request, output }: KnownAnswer): { request: string; output: string } {
  return { request: hexlify(request ?? "0x"), output: hexlify(output ?? "0x") };
}

/** Somebody else did it first, or it cannot be done any more: then what follows says so. */
async function tolerate(codes: readonly string[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ContractError) || !codes.includes(error.code)) throw error;
  }
}
