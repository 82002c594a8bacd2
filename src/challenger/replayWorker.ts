/** Runs in a worker thread: a replay takes longer than a clock duty can wait. */
import { CredenceError } from "../errors.ts";
import { findFault, type Fault, type ProvableFault, type ShownTrace } from "../inference/faults.ts";
import { challengerMove, type ChallengerMove } from "../protocol/gamePlayer.ts";
import type { Game } from "../protocol/games.ts";
import { loadModel, type LoadedModel, type ReplayedModel } from "./loadModel.ts";

/** What an answer says. */
export type ClaimBytes = { readonly request: Uint8Array; readonly output: Uint8Array; readonly traceRoot: string };

/** What a worker is asked to do. */
export type ReplayTask =
  /** Only loads the model, to see that it is the published one. */
  | { readonly kind: "load"; readonly model: ReplayedModel }
  | { readonly kind: "judge"; readonly model: ReplayedModel; readonly claim: ClaimBytes; readonly shown?: ShownTrace }
  | {
      readonly kind: "move";
      readonly model: ReplayedModel;
      readonly claim: ClaimBytes;
      readonly game: Game;
      readonly now: number;
    };

/** What the replay says of an answer. */
export type Judgement =
  | { readonly verdict: "right" | "withheld" | "preprocessing" }
  | { readonly verdict: "proven"; readonly fault: ProvableFault };

/** What a worker says. Errors cross threads as text only. */
export type ReplayResult =
  | { readonly kind: "loaded" }
  | { readonly kind: "judged"; readonly judgement: Judgement }
  | { readonly kind: "moved"; readonly move: ChallengerMove }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

const loaded = new Map<string, Promise<LoadedModel>>();

/** Does one task; never throws what this package throws on purpose. */
export async function replay(task: ReplayTask): Promise<ReplayResult> {
  try {
    return await perform(task, await modelOf(task.model));
  } catch (error) {
    if (error instanceof CredenceError) return { kind: "failed", code: error.code, message: error.message };
    throw error;
  }
}

async function modelOf(model: ReplayedModel): Promise<LoadedModel> {
  const known = loaded.get(model.modelId) ?? loadModel(model);
  loaded.set(model.modelId, known);
  known.catch(() => loaded.delete(model.modelId)); // a file that is missing may be there next time
  return known;
}

async function perform(task: ReplayTask, { model, tensor0Of }: LoadedModel): Promise<ReplayResult> {
  if (task.kind === "load") return { kind: "loaded" };
  const claim = tensor0Of === undefined ? task.claim : { ...task.claim, tensor0: tensor0Of(task.claim.request) };
  if (task.kind === "move") return { kind: "moved", move: challengerMove(task.game, { model, claim }, task.now) };
  return { kind: "judged", judgement: judgementOf(findFault(model, claim, task.shown)) };
}

function judgementOf(fault: Fault | undefined): Judgement {
  if (fault === undefined) return { verdict: "right" };
  if (fault.kind === "withheld" || fault.kind === "preprocessing") return { verdict: fault.kind };
  return { verdict: "proven", fault };
}
