import { translated } from "../../chain/calls.ts";
import type { Contracts } from "../../chain/contracts.ts";
import { FatalError } from "../../errors.ts";
import { MAX_SHOWN_BYTES } from "../../inference/spec.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { Ground } from "../../protocol/models.ts";
import type { ModelPool } from "./modelPool.ts";
import { loadReplayable, requireCommitments, type ReplayableModel, type ReplayableSource } from "./replayable.ts";
import type { ModelRun } from "./runReplayable.ts";
import { Upstream } from "./upstream.ts";

/** Where a model's answers come from. */
export type ModelSource =
  | { readonly kind: "lande" }
  | { readonly kind: "network"; readonly path: string }
  | { readonly kind: "upstream"; readonly url: string; readonly timeoutMs: number };

/** A model as the configuration names it. Amounts of the stake token, smallest unit. */
export type ModelSetup = {
  modelId: ModelId;
  source: ModelSource;
  /** keccak256 of the artifact, if it is to be compared too. */
  artifactHash?: string | undefined;
  /** Of an answer, unless the customer asks for another. */
  coverage: bigint;
  /** The most that a customer may ask for. */
  maxCoverage: bigint;
};

/** A model that this operator answers for. Amounts of the stake token, smallest unit. */
export type HostedModel = {
  readonly modelId: ModelId;
  readonly coverage: bigint;
  readonly minCoverage: bigint;
  readonly maxCoverage: bigint;
  /** Of the coverage, basis points. */
  readonly penaltyBps: number;
  /** Of a batch and of a published answer, seconds. */
  readonly challengeWindow: number;
  readonly privateInput: boolean;
  /** Undefined for models without replay. */
  readonly replayable: ReplayableModel | undefined;
  run(request: Uint8Array): Promise<ModelRun>;
};

/** The models of this program, and how to end what they hold. */
export type HostedModels = { readonly models: ReadonlyMap<ModelId, HostedModel>; close(): Promise<void> };

/** Of an upstream's output that is not shown. */
const MAX_HIDDEN_BYTES = 1024 * 1024;

/**
 * Takes on models, after comparing each with what ModelRegistry has of it.
 * @throws FatalError `MODEL_MISMATCH` with actual and expected, `MODEL_WITHOUT_REPLAY`, `MODEL_REPLAYABLE`, `COVERAGE_RANGE`, and
 * as `loadReplayable`.
 * @throws ContractError `ModelUnknown`.
 * @throws RetryableError `CHAIN_UNREACHABLE`.
 */
export async function hostModels(
  contracts: Contracts,
  pool: ModelPool,
  setups: readonly ModelSetup[],
): Promise<HostedModels> {
  const upstreams: Upstream[] = [];
  const models = new Map<ModelId, HostedModel>();
  for (const setup of setups) models.set(setup.modelId, await hostModel(contracts, pool, setup, upstreams));
  return {
    models,
    async close() {
      await Promise.all(upstreams.map((upstream) => upstream.close()));
    },
  };
}

async function hostModel(
  contracts: Contracts,
  pool: ModelPool,
  setup: ModelSetup,
  upstreams: Upstream[],
): Promise<HostedModel> {
  const { modelId, source, coverage, maxCoverage } = setup;
  const [terms, [specHash, weightsRoot, preprocessHash]] = await translated(contracts, () =>
    Promise.all([contracts.models.terms(modelId), contracts.models.replayOf(modelId)]),
  );
  if (coverage < terms.minCoverage || maxCoverage < coverage) {
    const range = `from the model's minimum of ${terms.minCoverage} to maxCoverage, ${maxCoverage}`;
    throw new FatalError("COVERAGE_RANGE", `model ${modelId}: expected a coverage ${range}, got ${coverage}`);
  }
  const common = {
    ...{ modelId, coverage, maxCoverage },
    minCoverage: terms.minCoverage,
    penaltyBps: Number(terms.penaltyBps),
    challengeWindow: Number(terms.challengeWindow),
    privateInput: terms.privateInput,
  };
  const canReplay = (Number(terms.grounds) & Ground.Replay) !== 0;
  if (source.kind === "upstream") {
    requireNoReplay(modelId, canReplay);
    const maxBytes = terms.privateInput ? MAX_HIDDEN_BYTES : MAX_SHOWN_BYTES;
    const upstream = new Upstream({ url: source.url, timeoutMs: source.timeoutMs, maxBytes });
    upstreams.push(upstream);
    return { ...common, replayable: undefined, run: (request) => upstream.run(request) };
  }
  requireReplay(modelId, canReplay);
  const replayableSource: ReplayableSource = source.kind === "lande" ? { kind: "lande", preprocessHash } : source;
  const replayable = await loadReplayable(replayableSource);
  const artifactHash = setup.artifactHash ?? replayable.commitments.artifactHash;
  requireCommitments(modelId, replayable.commitments, { specHash, weightsRoot, preprocessHash, artifactHash });
  const task = { modelId, source: replayableSource, commitments: replayable.commitments };
  return { ...common, replayable, run: (request) => pool.run(task, request) };
}

function requireReplay(modelId: ModelId, canReplay: boolean): void {
  if (canReplay) return;
  const sentence = `model ${modelId} has no ground Replay: expected a source of kind "upstream"`;
  throw new FatalError("MODEL_WITHOUT_REPLAY", sentence);
}

function requireNoReplay(modelId: ModelId, canReplay: boolean): void {
  if (!canReplay) return;
  const sentence = `model ${modelId} can be replayed: answers from "upstream" have no trace to defend them with`;
  throw new FatalError("MODEL_REPLAYABLE", sentence);
}
